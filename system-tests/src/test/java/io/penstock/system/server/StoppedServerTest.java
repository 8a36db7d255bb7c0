package io.penstock.system.server;

import static io.penstock.testkit.net.VethWire.PENSTOCK_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.process.RunFolder;
import io.penstock.testkit.process.Shell;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server process that is stopped for longer than the shortest retransmission timeout, as by a debugger, a snapshot or a
 * core that somebody else has: what was acknowledged meanwhile lies in the receive ring, and is read before timers fire.
 */
@Timeout(120)
class StoppedServerTest {
    private static final int CONNECTIONS = 500;
    private static final int STOPS = 5;
    /** Answers that had not left when it was stopped are late by as much, and may be sent twice: those of one turn at most. */
    private static final int BURST = 64;

    private static final long STOPPED_MILLIS = 600;

    private final VethWire wire = VethWire.create(2);
    private final RunFolder folder = RunFolder.create();
    private final Server server = Server.echo(wire, folder);

    @AfterEach
    void close() {
        server.close();
        folder.close();
        wire.close();
    }

    private void signal(String name) {
        Shell.run("kill", "-" + name, Long.toString(server.process().pid()));
    }

    @Test
    void sendsNothingAgainThatWasAcknowledgedWhileItStood() throws InterruptedException {
        try (Load load = Load.start(wire.client(), PENSTOCK_ADDRESS, 7, CONNECTIONS)) {
            long before = 0;
            for (int i = 0; i < STOPS; i++) {
                signal("STOP");
                TimeUnit.MILLISECONDS.sleep(STOPPED_MILLIS);
                signal("CONT");
                load.awaitRounds(20);
                long again = server.counter("tcp.retransmits");
                assertThat(again - before).as("stop %d", i).isLessThanOrEqualTo(BURST);
                before = again;
            }
        }
        assertThat(server.counter("tcp.connections.accepted")).isEqualTo(CONNECTIONS);
        assertThat(server.counter("tcp.resets.sent")).isZero();
    }
}
