package io.penstock.testkit.packet;

import io.penstock.datapath.poll.Clock;
import io.penstock.testkit.device.ScriptedDevice;
import java.util.Arrays;

/**
 * A TCP client on the link of a {@link ScriptedDevice}, made of bare packets: connects to an echo, sends eight bytes, waits for
 * them, and again. Answers ARP requests for its address as long as it is willing to.
 */
public final class RawClient {
    private static final int BYTES = 8;

    private final ScriptedDevice device;
    private final Clock clock;
    private final Host self;
    private final Host server;

    private int seq = 1000;
    private int ack;
    private boolean connected;
    private boolean reset;
    private int echoed;
    private long lastEchoNanos;
    private long longestGapNanos;

    /** A client that has not sent anything yet. */
    public RawClient(ScriptedDevice device, Clock clock, Host self, Host server) {
        this.device = device;
        this.clock = clock;
        this.self = self;
        this.server = server;
    }

    /** Sends the SYN. */
    public void connect() {
        device.arrives(self.segment(server, seq, 0, Seg.SYN, new byte[0]));
        seq++;
        lastEchoNanos = clock.nanos();
    }

    /** A packet was sent by the stack: it is answered if it is for this client. */
    public void hears(byte[] packet) {
        if (Packets.u16(packet, 12) == 0x0806) {
            if (Packets.u16(packet, 20) == 1 && Packets.i32(packet, 38) == self.address()) {
                device.arrives(
                        Packets.arp(server.mac(), 2, self.mac(), self.address(), server.mac(), server.address()));
            }
        } else if (Packets.mac48(packet, 0) == self.mac()
                && packet[23] == 6
                && Packets.i32(packet, 30) == self.address()
                && Packets.u16(packet, 36) == self.port()) {
            segment(packet);
        }
    }

    private void segment(byte[] packet) {
        int flags = packet[47];
        int length = Packets.u16(packet, 16) - 20 - (packet[46] >> 4 & 15) * 4;
        int from = Packets.i32(packet, 38);
        if ((flags & Seg.RST) != 0) {
            reset = true;
            return;
        }
        if ((flags & Seg.SYN) != 0) {
            ack = from + 1;
            connected = true;
            request();
        } else if (length > 0 && from == ack) {
            ack += length + ((flags & Seg.FIN) != 0 ? 1 : 0);
            echoed += length;
            long now = clock.nanos();
            longestGapNanos = Math.max(longestGapNanos, now - lastEchoNanos);
            lastEchoNanos = now;
            request();
        }
    }

    private void request() {
        byte[] payload = new byte[BYTES];
        Arrays.fill(payload, (byte) echoed);
        device.arrives(self.segment(server, seq, ack, Seg.ACK, payload));
        seq += BYTES;
    }

    /** Whether the stack has answered its SYN. */
    public boolean isConnected() {
        return connected;
    }

    public boolean isReset() {
        return reset;
    }

    /** How many bytes came back. */
    public int echoed() {
        return echoed;
    }

    /** The longest time between two echoes, or between the SYN and the first, or since the last. */
    public long longestGapNanos() {
        return Math.max(longestGapNanos, clock.nanos() - lastEchoNanos);
    }
}
