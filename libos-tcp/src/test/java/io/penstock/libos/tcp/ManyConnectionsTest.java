package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.device.sim.SimWire;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.StackSettings;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As many connections as were asked for, and not one more. */
@Timeout(120)
class ManyConnectionsTest {
    private static final int PORTS = 4;
    private static final int AT_ONCE = 256;
    private static final long STEP_NANOS = 20_000;

    private final VirtualClock clock = new VirtualClock();
    private final SimWire wire = SimWire.perfect("many");
    private final Completion done = new Completion();

    private Stack open(SimWire.End end, String address, int connections) {
        SettingValues asked = SettingValues.DEFAULTS.with(
                StackSettings.tableWith(List.of()), "tcp.max-connections=" + connections, "--set");
        return Stack.open(StackConfig.builder()
                .device(setup -> wire.open(end, setup))
                .address(address)
                .clock(clock)
                .frames(8192)
                .set(asked)
                .build());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100_000})
    void thereAreAsManyAsWereAskedFor(int connections) {
        // A listener is a queue of TCP, too.
        try (Stack server = open(SimWire.End.B, "198.18.0.2/24", connections + PORTS);
                Stack client = open(SimWire.End.A, "198.18.0.1/24", connections)) {
            connect(server, client, connections);
            assertThat(client.socket(Transport.TCP)).as("one more").isZero();
            assertThat(client.socket(Transport.UDP)).isNotZero();
            assertThat(server.socket(Transport.TCP)).as("one more").isZero();
        }
    }

    private void connect(Stack server, Stack client, int connections) {
        for (int i = 0; i < PORTS; i++) {
            int listener = server.socket(Transport.TCP);
            server.bind(listener, Endpoint.any(i + 1));
            server.listen(listener, AT_ONCE);
            server.accept(listener);
        }
        int begun = 0;
        int connected = 0;
        int accepted = 0;
        while (connected < connections || accepted < connections) {
            if (begun < connections && begun - Math.min(connected, accepted) < AT_ONCE) {
                int queue = client.socket(Transport.TCP);
                assertThat(queue).isNotZero();
                client.connect(queue, Endpoint.of("198.18.0.2", 1 + begun++ % PORTS));
            }
            clock.advance(STEP_NANOS);
            while (client.waitNext(done, 0) == WaitResult.COMPLETED) {
                assertThat(done.isOk()).as(done.toString()).isTrue();
                connected++;
            }
            while (server.waitNext(done, 0) == WaitResult.COMPLETED) {
                if (done.opcode() == Opcode.ACCEPT && done.isOk()) {
                    assertThat(server.pop(done.newQueue())).isNotEqualTo(LibOs.NO_TOKEN);
                    server.accept(done.queue());
                    accepted++;
                }
            }
        }
    }
}
