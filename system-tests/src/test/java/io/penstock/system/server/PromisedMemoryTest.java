package io.penstock.system.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.process.RunFolder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Memory that was promised and is not there: one line at start, and neither SIGBUS nor the out-of-memory killer. */
@Timeout(120)
class PromisedMemoryTest {
    private static final String WHERE = " --address 198.18.0.2/24 --idle yield";

    private final NetworkNamespace namespace = NetworkNamespace.create("memory");
    private final RunFolder folder = RunFolder.create();

    @AfterEach
    void remove() {
        folder.close();
        namespace.close();
    }

    private Server start(List<String> wrapper, String arguments) {
        List<String> flags = List.of("-Xmx64m", "-XX:TieredStopAtLevel=1");
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of("nsenter", "--net=/run/netns/" + namespace.name()));
        command.addAll(PenstockCommand.with(flags, (arguments + WHERE).split(" +")));
        return Server.start(folder, command);
    }

    private static void assertRefused(Server server, String... words) {
        int code = server.process().awaitExit(Server.DEADLINE_NANOS);
        List<String> errors = server.process().errorLines();
        assertThat(code).as(errors.toString()).isEqualTo(2);
        assertThat(errors).singleElement().asString().startsWith("penstock: ").contains(words);
    }

    private static void assertServes(Server server) {
        server.process().awaitLine(line -> line.startsWith("ready echo"), Server.DEADLINE_NANOS);
        assertThat(server.terminate()).isZero();
    }

    /** A folder for counters and wires that has so little room, seen by the command alone. */
    private List<String> withRoom(int kibibytes) {
        return List.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs -o mode=700,size=" + kibibytes + "k none " + folder.path() + " && exec \"$@\"",
                "sh");
    }

    @ParameterizedTest
    @CsvSource({"echo --device tap:pt, 0, counters", "echo --device shm:w1, 600, w1.wire"})
    void isSaidWhereSharedMemoryIsTooSmall(String command, int roomForCountersKib, String file) {
        try (Server server = start(withRoom(roomForCountersKib + 64), command)) {
            assertRefused(server, file, "No space left on device", "make room there", "PENSTOCK_RUN_DIR");
        }
    }

    @Test
    void isThereWhereSharedMemoryIsLargeEnough() {
        try (Server server = start(withRoom(16 << 10), "echo --device shm:w1")) {
            assertServes(server);
        }
    }

    @Test
    void isSaidWhereTheMemoryGroupIsTooSmall() {
        try (MemoryGroup group = MemoryGroup.create(256)) {
            try (Server server = start(group.wrapper(), "echo --device tap:pt --frames 131072")) {
                assertRefused(server, group.folder().toString(), "264 MiB", "--frames", "-Xmx");
            }
            // What it would take by itself fits, but not with what the Java heap may still grow by.
            try (Server server = start(group.wrapper(), "echo --device tap:pt --frames 81920")) {
                assertRefused(server, group.folder().toString(), "168 MiB", "--frames", "-Xmx");
            }
            try (Server server = start(group.wrapper(), "echo --device tap:pt --frames 8192")) {
                assertServes(server);
            }
        }
    }
}
