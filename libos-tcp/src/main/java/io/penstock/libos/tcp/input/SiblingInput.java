package io.penstock.libos.tcp.input;

import io.penstock.datapath.device.PortRelay;
import io.penstock.libos.tcp.arp.ArpHandler;
import io.penstock.libos.tcp.icmp.IcmpHandler;
import io.penstock.libos.tcp.link.Siblings;

/** Hands what stacks on other queues of the port have told to whom it concerns. Owner's thread. */
public final class SiblingInput implements PortRelay.Reader {
    private final ArpHandler arp;
    private final IcmpHandler icmp;

    public SiblingInput(ArpHandler arp, IcmpHandler icmp) {
        this.arp = arp;
        this.icmp = icmp;
    }

    @Override
    public void message(int kind, long address, int lengthBytes) {
        switch (kind) {
            case Siblings.ARP_HANDLED -> arp.relayed(address, true);
            case Siblings.ARP_OTHER -> arp.relayed(address, false);
            case Siblings.ICMP_ERROR -> icmp.relayed(address, lengthBytes);
            default -> throw new IllegalStateException("news of kind " + kind);
        }
    }
}
