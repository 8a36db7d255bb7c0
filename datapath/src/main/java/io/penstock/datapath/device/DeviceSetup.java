package io.penstock.datapath.device;

import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.FramePool;
import java.util.List;

/**
 * What a stack gives the device that it opens.
 *
 * @param pool where received frames come from, and whose frames are transmitted; its region is the NIC's DMA area
 * @param clock the stack's clock
 * @param steering which packets are the stack's; the rest is the kernel's
 * @param remedies where the device counts what goes wrong and says how to mend it
 */
public record DeviceSetup(FramePool pool, Clock clock, Steering steering, Remedies remedies) {
    /** For one who watches no counters. */
    public DeviceSetup(FramePool pool, Clock clock, Steering steering) {
        this(pool, clock, steering, Remedies.inMemory());
    }

    /**
     * Which packets a device takes from an interface that it shares with the kernel.
     *
     * @param ipv4Addresses the stack's own addresses, 198.18.0.2 being 0xc6120002; ARP for them and IP to them are taken
     * @param ports if not empty, only TCP and UDP to these ports are taken (ARP and ICMP always); the kernel keeps the rest
     */
    public record Steering(List<Integer> ipv4Addresses, List<Integer> ports) {
        public Steering {
            ipv4Addresses = List.copyOf(ipv4Addresses);
            ports = List.copyOf(ports);
        }

        /** 0.0.0.0, which is any address: all packets that arrive, of whatever protocol. */
        private static final int ANY = 0;

        /** Every packet that arrives: the kernel gets nothing. */
        public static Steering everything() {
            return toAddress(ANY);
        }

        /** Whether every packet is taken. */
        public boolean isEverything() {
            return ipv4Addresses.contains(ANY);
        }

        /** Everything that is sent to the address. */
        public static Steering toAddress(int ipv4Address) {
            return new Steering(List.of(ipv4Address), List.of());
        }
    }
}
