package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.KERNEL_ADDRESS;
import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own address works on beside the server's, on the same interface, while the server has a load. */
@Timeout(120)
class ForeignTrafficTest {
    private static final int PINGS = 20;
    private static final int BULK_BYTES = 1_000_003;

    private final VethWire wire = VethWire.create(2);
    private final RunFolder folder = RunFolder.create();
    private Server server;
    private Load load;

    @TempDir
    private Path files;

    @BeforeEach
    void start() {
        server = Server.echo(wire, folder);
        load = Load.start(wire.client(), PENSTOCK_ADDRESS, 7, 8);
    }

    @AfterEach
    void close() {
        if (load != null) {
            load.close();
        }
        if (server != null) {
            server.close();
        }
        folder.close();
        wire.close();
    }

    @Test
    void theKernelAnswersPingAndServesTcp() throws IOException {
        String answer = Shell.run(wire.client()
                .command(List.of("ping", "-n", "-c", "" + PINGS, "-i", "0.01", "-W", "5", KERNEL_ADDRESS)));
        assertThat(answer).contains(PINGS + " received, 0% packet loss");
        load.awaitRounds(20);

        byte[] sent = new byte[BULK_BYTES];
        new Random(1).nextBytes(sent);
        Path in = Files.write(files.resolve("in"), sent);
        Path out = files.resolve("out");
        // The same port as Penstock's: it is the address that tells them apart.
        String listen = "TCP4-LISTEN:7,reuseaddr,fork,bind=" + KERNEL_ADDRESS;
        try (Child kernel =
                Child.start("the kernel's echo", wire.kernelServer().command(List.of("socat", listen, "PIPE")))) {
            String client = "socat -t 20 - TCP4:" + KERNEL_ADDRESS + ":7,retry=100,interval=0.05 < " + in + " > " + out;
            Shell.run(wire.client().command(List.of("sh", "-c", client)));
            assertThat(Files.mismatch(in, out)).isEqualTo(-1);
            assertThat(kernel.isAlive()).isTrue();
        }
        load.awaitRounds(20);
    }
}
