package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.device.Offload;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Which of its offloads a port uses, in DPDK's words and in ours. */
final class PortOffloads {
    private static final Abi ABI = Dpdk.library().abi();
    /** Behind the headers, within what an IPv4 packet's length can say. */
    private static final int MAX_TSO_BYTES = 65535 - 60 - 60;

    private final EnumSet<Offload> offloads = EnumSet.noneOf(Offload.class);
    private final boolean vlan;
    private long rx;
    private long tx;

    PortOffloads(DpdkOptions options, PortInfo info) {
        vlan = options.vlan() != 0;
        if (options.offloads()) {
            receive(options, info);
            transmit(options, info);
        }
    }

    private void receive(DpdkOptions options, PortInfo info) {
        if (info.hasRx("IPV4_CKSUM") && info.hasRx("TCP_CKSUM")) {
            offloads.add(Offload.RX_CHECKSUM);
            for (String sum : new String[] {"IPV4_CKSUM", "TCP_CKSUM", "UDP_CKSUM"}) {
                rx |= info.rx().offloads() & ABI.constant("RTE_ETH_RX_OFFLOAD_" + sum);
            }
        }
        if (options.queues() > 1 && info.hasRx("RSS_HASH")) {
            useRx(Offload.RSS_HASH, "RSS_HASH");
        }
        if (vlan && info.hasRx("VLAN_STRIP")) {
            useRx(Offload.VLAN_STRIP, "VLAN_STRIP");
        }
    }

    private void transmit(DpdkOptions options, PortInfo info) {
        useTx(info, Offload.TX_IPV4_CHECKSUM, "IPV4_CKSUM");
        useTx(info, Offload.TX_TCP_CHECKSUM, "TCP_CKSUM");
        useTx(info, Offload.TX_UDP_CHECKSUM, "UDP_CKSUM");
        if (DriverTraits.gathers(options.name())) {
            useTx(info, Offload.MULTI_SEGMENT, "MULTI_SEGS");
        }
        // DPDK: a packet to be cut has its checksums filled in, too, and comes in several pieces.
        if (offloads.containsAll(Set.of(Offload.TX_IPV4_CHECKSUM, Offload.TX_TCP_CHECKSUM, Offload.MULTI_SEGMENT))) {
            useTx(info, Offload.TCP_SEGMENTATION, "TCP_TSO");
        }
        if (vlan && !DriverTraits.insertsTagsInSoftware(options.name(), info.driver())) {
            useTx(info, Offload.VLAN_INSERT, "VLAN_INSERT");
        }
    }

    private void useRx(Offload offload, String name) {
        offloads.add(offload);
        rx |= ABI.constant("RTE_ETH_RX_OFFLOAD_" + name);
    }

    private void useTx(PortInfo info, Offload offload, String name) {
        if (info.hasTx(name)) {
            offloads.add(offload);
            tx |= ABI.constant("RTE_ETH_TX_OFFLOAD_" + name);
        }
    }

    Ethdev.Offloads toSwitchOn() {
        return new Ethdev.Offloads(rx, tx);
    }

    boolean uses(Offload offload) {
        return offloads.contains(offload);
    }

    /** What the port does, and what is done here in its stead, in one phrase. */
    String describe() {
        EnumSet<Offload> here = EnumSet.of(
                Offload.TX_IPV4_CHECKSUM,
                Offload.TX_TCP_CHECKSUM,
                Offload.TX_UDP_CHECKSUM,
                Offload.RX_CHECKSUM,
                Offload.TCP_SEGMENTATION);
        if (vlan) {
            here.add(Offload.VLAN_STRIP);
            here.add(Offload.VLAN_INSERT);
        }
        here.removeAll(offloads);
        return (offloads.isEmpty() ? "" : "offloads: " + names(offloads))
                + (offloads.isEmpty() || here.isEmpty() ? "" : "; ")
                + (here.isEmpty() ? "" : "in software: " + names(here));
    }

    private static String names(Set<Offload> set) {
        return set.stream()
                .map(offload -> offload.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .collect(Collectors.joining(" "));
    }

    /** What a stack may leave to the port. */
    Capabilities capabilities() {
        int room = vlan && !uses(Offload.VLAN_INSERT) ? VlanTag.BYTES : 0;
        return new Capabilities(offloads, room, uses(Offload.TCP_SEGMENTATION) ? MAX_TSO_BYTES : 0);
    }
}
