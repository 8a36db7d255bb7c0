package io.penstock.datapath.device.dpdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What this process has of DPDK and of the kernel for it.
 *
 * @param ports of DPDK
 * @param sockets and TUN devices, event queues, programs
 */
record NativeBooks(int ports, long sockets) {
    private static final List<String> KINDS = List.of("socket:", "bpf", "eventpoll", "net/tun", "eventfd");

    static NativeBooks now() {
        return new NativeBooks(portCount(), descriptors());
    }

    NativeBooks without(NativeBooks before) {
        return new NativeBooks(ports - before.ports, sockets - before.sockets);
    }

    private static int portCount() {
        try {
            return (int) Dpdk.intFunction("rte_eth_dev_count_avail", 0).invokeExact();
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    private static long descriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(NativeBooks::target)
                    .filter(target -> KINDS.stream().anyMatch(target::contains))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException _) {
            return ""; // closed in between
        }
    }
}
