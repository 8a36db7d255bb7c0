package io.penstock.datapath.device;

import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.poll.Clock;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a stack gives the device that it opens.
 *
 * @param pool where received frames come from, and whose frames are transmitted; its region is the NIC's DMA area
 * @param access what the device may do with frames, and an application may not; never null
 * @param clock the stack's clock
 * @param steering which packets are the stack's; the rest is the kernel's
 * @param remedies where the device counts what goes wrong and says how to mend it
 */
public record DeviceSetup(FramePool pool, FrameAccess access, Clock clock, Steering steering, Remedies remedies) {
    public DeviceSetup {
        Objects.requireNonNull(access, "access: whoever opens a device has it to give");
    }

    /** For one who watches no counters. */
    public DeviceSetup(FramePool pool, FrameAccess access, Clock clock, Steering steering) {
        this(pool, access, clock, steering, Remedies.inMemory());
    }

    /**
     * Which packets a device takes from an interface that it shares with the kernel.
     *
     * @param addresses the stack's own addresses; what asks the link for them (ARP) and IP to them are taken
     * @param ports if not empty, only TCP and UDP to these ports are taken (ARP and ICMP always); the kernel keeps the rest
     */
    public record Steering(List<AddressPrefix> addresses, List<Integer> ports) {
        public Steering {
            addresses = List.copyOf(addresses);
            ports = List.copyOf(ports);
        }

        /** Every packet that arrives, of whatever protocol: the kernel gets nothing. */
        public static Steering everything() {
            return new Steering(List.of(AddressPrefix.any()), List.of());
        }

        /** Whether every packet is taken. */
        public boolean isEverything() {
            return addresses.contains(AddressPrefix.any());
        }

        /** Everything that is sent to the address, 198.18.0.2 being 0xc6120002. */
        public static Steering toAddress(int ipv4Address) {
            return toIpv4(List.of(ipv4Address), List.of());
        }

        /** What is sent to these IPv4 addresses, and if {@code ports} is not empty, to these ports. */
        public static Steering toIpv4(List<Integer> ipv4Addresses, List<Integer> ports) {
            return new Steering(
                    ipv4Addresses.stream()
                            .map(address -> AddressPrefix.ofIpv4(address, 32))
                            .toList(),
                    ports);
        }

        /** Such as {@code to 198.18.0.2, ports 80 443}. */
        @Override
        public String toString() {
            String to = addresses.stream().map(AddressPrefix::toString).collect(Collectors.joining(" ", "to ", ""));
            return ports.isEmpty()
                    ? to
                    : to + ports.stream().map(String::valueOf).collect(Collectors.joining(" ", ", ports ", ""));
        }

        /**
         * For a back end that tells packets by IPv4 addresses only.
         *
         * @throws io.penstock.datapath.ConfigurationException in one line, if there are others
         */
        public void requireIpv4(DeviceSpec spec) {
            if (!isEverything()) {
                addresses.forEach(address -> address.requireIpv4(spec));
            }
        }
    }
}
