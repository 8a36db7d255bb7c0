package io.penstock.system.dpdk;

import io.penstock.testkit.process.Child;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@link MirrorMain} in a process of its own. */
final class MirrorProcess {
    static final long START_NANOS = 60_000_000_000L;

    private MirrorProcess() {}

    /** @param wrapper a command that runs what stands behind it */
    static Child start(String device, String... wrapper) {
        List<String> command = new ArrayList<>(List.of(wrapper));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of(System.getProperty("penstock.root"), "penstock.jvmargs"),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-XX:ErrorFile=" + Path.of(System.getProperty("java.io.tmpdir"), "penstock-mirror-%p.log"),
                "-Dlogback.configurationFile=" + System.getProperty("logback.configurationFile"),
                "-cp",
                System.getProperty("java.class.path"),
                MirrorMain.class.getName(),
                device));
        return Child.start("the mirror", command);
    }

    static Child startAndAwait(String device) {
        Child child = start(device);
        child.awaitLine(line -> line.startsWith("ready"), START_NANOS);
        return child;
    }

    /** Lets it close its device. */
    static void end(Child child) {
        child.send("end");
        child.awaitLine(line -> line.equals("closed"), START_NANOS);
        int code = child.awaitExit(START_NANOS);
        if (code != 0) {
            throw child.ended();
        }
    }
}
