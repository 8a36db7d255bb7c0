package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only stacks and devices may do is out of reach of an application's module on the module path. */
class HiddenFromApplicationsTest {
    private static final String MODULE = "module application { requires io.penstock.libos.tcp; }";

    private static final List<String> OPEN = List.of(
            "buffer.retain().release();",
            "buffer.slice(0, 1).advance(1).length(0);",
            "pool.allocate().headroomIsFree();");

    private static final List<String> HIDDEN = List.of(
            "buffer.hold();",
            "buffer.unhold();",
            "buffer.holds();",
            "buffer.window(0, 1);",
            "buffer.frame();",
            "pool.allocateReserved();",
            "pool.frame(0);",
            "pool.frameAt(0L);",
            "burst.unhold(0);",
            "new io.penstock.memory.grant.FrameGrant();",
            "new io.penstock.datapath.grant.StackGrant();");

    @TempDir
    private Path folder;

    @Test
    void whatIsOpenToAllCompiles() throws Exception {
        assertThat(complaintsAbout(OPEN)).isEmpty();
    }

    @Test
    void nothingOfStacksAndDevicesDoes() throws Exception {
        String complaints = complaintsAbout(HIDDEN);
        List<String> refused = complaints
                .lines()
                .filter(line -> line.contains(": error: "))
                .map(line -> HIDDEN.get(Integer.parseInt(line.replaceAll(".*java:(\\d+): .*", "$1")) - 1))
                .toList();
        assertThat(refused).as(complaints).isEqualTo(HIDDEN);
        assertThat(complaints).contains("package io.penstock.memory.grant is not visible");
    }

    @Test
    void norIsItReachedByReflectionOrByNothing() throws Exception {
        UserModule application =
                new UserModule(folder).source("module-info", MODULE).source("Main", """
                package application;

                import io.penstock.datapath.device.DeviceSetup;
                import io.penstock.datapath.poll.VirtualClock;
                import io.penstock.memory.Buffer;
                import io.penstock.memory.FrameAccess;

                public final class Main {
                    private interface Attempt {
                        void run() throws Exception;
                    }

                    public static void main(String[] args) {
                        say("made", () -> Class.forName("io.penstock.memory.grant.FrameGrant")
                                .getConstructor()
                                .newInstance());
                        say("called", () -> Buffer.class.getDeclaredMethod("hold").setAccessible(true));
                        say("given nothing", () -> FrameAccess.of(null));
                        say("set up", () -> new DeviceSetup(
                                null, null, new VirtualClock(), DeviceSetup.Steering.everything()));
                    }

                    private static void say(String what, Attempt attempt) {
                        try {
                            attempt.run();
                            System.out.println(what);
                        } catch (Exception e) {
                            System.out.println(what + ": " + e.getClass().getSimpleName());
                        }
                    }
                }
                """);
        assertThat(application.compiled().run("application/application.Main"))
                .containsExactly(
                        "made: IllegalAccessException",
                        "called: InaccessibleObjectException",
                        "given nothing: NullPointerException",
                        "set up: NullPointerException");
    }

    /** Each statement stands in a method and on a line of its own, the first on line 1. */
    private String complaintsAbout(List<String> statements) throws Exception {
        String methods = IntStream.range(0, statements.size())
                .mapToObj(i ->
                        " void m" + i + "(Buffer buffer, FramePool pool, Burst burst) { " + statements.get(i) + " }")
                .collect(Collectors.joining("\n"));
        return new UserModule(folder)
                .source("module-info", MODULE)
                .source(
                        "Application",
                        "package application; import io.penstock.datapath.device.Burst; import io.penstock.memory.*;"
                                + " final class Application {" + methods + "\n}\n")
                .complaints();
    }
}
