package io.penstock.testkit.packet;

import io.penstock.testkit.device.ScriptedDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A scripted peer on the link of a stack whose device is a {@link ScriptedDevice}. Answers ARP requests for its address. */
public final class DevicePeer extends ScriptedPeer {
    private static final int TYPE_AT = 12;
    private static final int IP_AT = 14;

    private final ScriptedDevice device;
    private final Host self;
    private final Host stack;
    private final Runnable turn;

    /**
     * A peer that has not sent anything yet.
     *
     * @param self who it is
     * @param stack who the stack is, and the port on it
     * @param turn turns the stack until nothing happens any more
     */
    public DevicePeer(ScriptedDevice device, Host self, Host stack, Runnable turn) {
        super(self.address(), stack.address());
        this.device = device;
        this.self = self;
        this.stack = stack;
        this.turn = turn;
        this.port = self.port();
        this.hostPort = stack.port();
    }

    @Override
    public void inject(byte[] segment) {
        device.arrives(self.ipv4(stack, 6, segment));
    }

    @Override
    public List<Seg> turn() {
        List<Seg> segments = new ArrayList<>();
        boolean asked;
        do {
            asked = false;
            turn.run();
            for (ScriptedDevice.Sent sent : device.takeSent()) {
                asked |= hears(sent.bytes(), segments);
            }
        } while (asked);
        return segments;
    }

    /** Returns whether something was answered. */
    private boolean hears(byte[] packet, List<Seg> segments) {
        int type = Packets.u16(packet, TYPE_AT);
        if (type == 0x0806 && Packets.u16(packet, 20) == 1 && Packets.i32(packet, 38) == self.address()) {
            device.arrives(Packets.arp(stack.mac(), 2, self.mac(), self.address(), stack.mac(), stack.address()));
            return true;
        }
        if (type == 0x0800 && packet[23] == 6 && Packets.i32(packet, 30) == self.address()) {
            int from = IP_AT + (packet[IP_AT] & 15) * 4;
            segments.add(read(Arrays.copyOfRange(packet, from, IP_AT + Packets.u16(packet, IP_AT + 2))));
        }
        return false;
    }
}
