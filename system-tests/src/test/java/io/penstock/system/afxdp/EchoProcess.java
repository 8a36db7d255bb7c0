package io.penstock.system.afxdp;

import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@link RawUdpEchoMain} in a process of its own. */
public final class EchoProcess {
    public static final long START_NANOS = 60_000_000_000L;
    private static final String FRAMES = "4096";
    private static final String NO_CORE = "-1";

    private EchoProcess() {}

    /** Starts it; await the line that begins with {@code ready}, or its end. */
    public static Child start(NetworkNamespace namespace, String device, String... wrapper) {
        List<String> command = new ArrayList<>(List.of(wrapper));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of(System.getProperty("penstock.root"), "penstock.jvmargs"),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                RawUdpEchoMain.class.getName(),
                device,
                VethWire.PENSTOCK_ADDRESS,
                NO_CORE,
                FRAMES));
        return Child.start("the echo process", namespace.command(command));
    }

    public static Child startAndAwait(NetworkNamespace namespace, String device) {
        Child child = start(namespace, device);
        child.awaitLine(line -> line.startsWith("ready"), START_NANOS);
        return child;
    }

    /** Waits for the end of a process that cannot start; returns the last line of its standard error. */
    public static String refusal(Child child) {
        int code = child.awaitExit(START_NANOS);
        List<String> errors = child.errorLines();
        if (code != 2 || errors.isEmpty()) {
            throw new AssertionError("exit code " + code + ", errors " + errors);
        }
        return errors.getLast();
    }
}
