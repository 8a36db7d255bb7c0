package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.control.cli.Penstock;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Devices;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.ChronicleView;
import io.penstock.memory.Region;
import io.penstock.testkit.process.Shell;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever starts Java without Penstock's flags is told which is missing, in one line, wherever Penstock is entered. */
class MissingFlagTest {
    private static final String EXPORTS = "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED";
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String LINE = "Java keeps Penstock from memory: start it with"
            + " --add-exports java.base/jdk.internal.misc=ALL-UNNAMED --enable-native-access=ALL-UNNAMED";

    private static Shell.Answer runWithoutFlags(Class<?> main, String... arguments) {
        return run(List.of(), main, arguments);
    }

    private static Shell.Answer run(List<String> flags, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return Shell.tryRun(command);
    }

    @ParameterizedTest
    @CsvSource({
        "stack, io.penstock.datapath.ConfigurationException",
        "device, io.penstock.datapath.ConfigurationException",
        "region, java.lang.IllegalStateException",
        "attached, java.lang.IllegalStateException",
        "counters, java.lang.IllegalStateException"
    })
    void entriesOfTheLibraryNameIt(String entry, String exception) {
        Shell.Answer answer = runWithoutFlags(Entries.class, entry);
        assertThat(answer.output().strip()).startsWith(exception + ": " + LINE).doesNotContain("\n");
        assertThat(answer.isOk()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"config", "ports", "backends"})
    void commandsNameIt(String command) {
        Shell.Answer answer = runWithoutFlags(Penstock.class, command);
        assertThat(answer.output().strip()).startsWith("penstock: " + LINE).doesNotContain("\n");
        assertThat(answer.exitCode()).isEqualTo(2);
    }

    @Test
    void aServerNamesIt() {
        Shell.Answer answer =
                runWithoutFlags(Penstock.class, "echo", "--device", "shm:none", "--address", "198.18.0.2/24");
        assertThat(answer.output().strip()).startsWith("penstock: " + LINE).doesNotContain("\n");
        assertThat(answer.exitCode()).isEqualTo(2);
    }

    @Test
    void onlyWhatIsMissingIsNamed() {
        Shell.Answer answer = run(List.of(NATIVE), Entries.class, "region");
        assertThat(answer.output())
                .contains("--add-exports java.base/jdk.internal.misc=ALL-UNNAMED,")
                .doesNotContain("--enable-native-access");
    }

    /** Java 25 lets whoever was not named call the kernel, and warns. A later one will not, as this one if it is told so. */
    @Test
    void aJavaThatRefusesCallsToTheKernelIsToldHowToAllowThem() {
        Shell.Answer answer = run(List.of(EXPORTS, "--illegal-native-access=deny"), Entries.class, "stack");
        assertThat(answer.output().strip())
                .startsWith(
                        "io.penstock.datapath.ConfigurationException: Java keeps Penstock from memory: start it with"
                                + " --enable-native-access=ALL-UNNAMED, or")
                .doesNotContain("\n");
    }

    @Test
    void withTwoFlagsAServerRunsAndNothingIsSaid() {
        assertThat(run(List.of(EXPORTS, NATIVE), Entries.class, "region").output())
                .isEmpty();
    }

    /** Java 25 warns of what Chronicle does to memory. A later one refuses it, as this one if it is told so. */
    @Test
    void whoeverUsesChronicleIsToldWhatThatNeeds() {
        Shell.Answer answer =
                run(List.of(EXPORTS, NATIVE, "--sun-misc-unsafe-memory-access=deny"), Entries.class, "chronicle");
        assertThat(answer.output())
                .endsWith("java.lang.IllegalStateException: Java keeps Chronicle Bytes from memory: start it with"
                        + " --sun-misc-unsafe-memory-access=allow\n");
    }

    /** One way into the library, and what it says. */
    static final class Entries {
        private Entries() {}

        public static void main(String[] args) {
            try {
                enter(args[0]);
            } catch (ConfigurationException | IllegalStateException e) {
                System.out.println(e.getClass().getName() + ": " + e.getMessage());
            }
        }

        private static void enter(String entry) {
            switch (entry) {
                case "stack" ->
                    Stack.open(StackConfig.builder()
                                    .device("shm:none")
                                    .address("198.18.0.2/24")
                                    .build())
                            .close();
                case "device" -> Devices.openPort(Devices.parse("shm:none")).close();
                case "region" -> Region.mapSmall(4096).close();
                case "attached" -> Region.attach(0).close();
                case "chronicle" -> new ChronicleView().end();
                case "counters" -> Counters.inMemory().counter("x").increment();
                default -> throw new IllegalArgumentException(entry);
            }
        }
    }
}
