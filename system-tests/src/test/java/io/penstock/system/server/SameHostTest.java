package io.penstock.system.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.net.NetworkNamespace;
import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.benchmarks.process.RunFolder;
import io.penstock.benchmarks.process.Shell;
import io.penstock.linux.proc.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** docs/same-host.md: its commands, as printed, make a server reachable from its own host's kernel. */
@Timeout(120)
class SameHostTest {
    private static final int PATIENCE_MILLIS = 30_000;

    /** The lines of the block that is marked with these words. */
    private static List<String> commands(String mark) {
        try {
            List<String> page = Files.readAllLines(PenstockCommand.root().resolve("docs/same-host.md"));
            int begin = page.indexOf("```sh same-host " + mark) + 1;
            assertThat(begin).as("the block " + mark).isPositive();
            return page.subList(begin, begin + page.subList(begin, page.size()).indexOf("```"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"veth, reached through the other end of ps", "tap, reached from this host through pt"})
    void isReachedByTheCommandsOfThePage(String mark, String ready) {
        List<String> commands = commands(mark);
        assertThat(commands).as("two lines and the server's").hasSize(3);
        try (NetworkNamespace host = NetworkNamespace.create("host");
                RunFolder folder = RunFolder.create()) {
            for (String command : commands.subList(0, 2)) {
                Shell.run(host.command(List.of("sh", "-c", command)));
            }
            String[] server = commands.getLast().split(" ", -1);
            assertThat(server[0]).isEqualTo("./penstock");
            try (Server started = Server.start(host, folder, Arrays.copyOfRange(server, 1, server.length))) {
                String line = started.process().awaitLine(said -> said.startsWith("ready echo"), Server.DEADLINE_NANOS);
                assertThat(line).contains(ready);
                assertThat(Namespace.call("/run/netns/" + host.name(), SameHostTest::echoed))
                        .isEqualTo("to myself");
            }
        }
    }

    private static String echoed() {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress("198.18.0.2", 7), PATIENCE_MILLIS);
            byte[] words = "to myself".getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(words);
            return new String(socket.getInputStream().readNBytes(words.length), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An interface that stands for a NIC: there is no other end in this machine. */
    @Test
    void isToldWhoCanReachItOnANic() {
        try (NetworkNamespace host = NetworkNamespace.create("host");
                RunFolder folder = RunFolder.create()) {
            host.ip("link add eth1 type bridge");
            host.ip("link set eth1 up");
            try (Server server =
                    Server.start(host, folder, "echo", "--device", "afxdp:eth1", "--address", "198.18.0.2/24")) {
                assertThat(server.process().awaitLine(said -> said.startsWith("ready echo"), Server.DEADLINE_NANOS))
                        .contains(
                                "reached from other hosts on the link of eth1, not from this one", "docs/same-host.md");
            }
        }
    }
}
