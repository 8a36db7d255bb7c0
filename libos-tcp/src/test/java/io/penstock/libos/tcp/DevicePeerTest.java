package io.penstock.libos.tcp;

import static io.penstock.testkit.packet.ScriptedPeer.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.poll.VirtualClock;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.DevicePeer;
import io.penstock.testkit.packet.Host;
import io.penstock.testkit.packet.Packets;
import io.penstock.testkit.packet.Seg;
import io.penstock.testkit.traffic.Echo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A whole stack and a peer whose every segment is written by hand, as docs/testkit.md says. */
class DevicePeerTest {
    private ScriptedDevice device;
    private final Stack os = Stack.open(StackConfig.builder()
            .device(setup -> device = new ScriptedDevice(setup))
            .address("198.18.0.2/24")
            .probeAddress(false)
            .clock(new VirtualClock())
            .build());
    private final Echo server = new Echo(os, 7);
    private final DevicePeer peer = new DevicePeer(
            device,
            new Host(0x0200_0000_0009L, Packets.ip("198.18.0.9"), 40_000),
            new Host(ScriptedDevice.MAC, Packets.ip("198.18.0.2"), 7),
            this::settle);

    /** Turns the stack until nothing happens any more. */
    private void settle() {
        for (int quiet = 0; quiet < 3; quiet++) {
            quiet = server.turn() || !device.isDrained() ? 0 : quiet;
        }
    }

    @AfterEach
    void close() {
        server.abortAll();
        os.close();
    }

    @Test
    void asksForWhatIsMissing() {
        peer.handshake();
        peer.seq += 100; // a segment of 100 bytes is lost on its way
        Seg answer = only(peer.data(10));
        assertThat(answer.flags).isEqualTo(Seg.ACK);
        assertThat(answer.ack).isEqualTo(peer.seq - 110);
    }

    @Test
    void echoesWhatIsInOrder() {
        peer.handshake();
        Seg answer = only(peer.data(10));
        assertThat(answer.payload).isEqualTo(DevicePeer.pattern(peer.seq - 10, 10));
        assertThat(answer.ack).isEqualTo(peer.seq);
    }
}
