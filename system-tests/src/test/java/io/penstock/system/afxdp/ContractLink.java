package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Link;
import io.penstock.testkit.device.CheckedDevice;
import io.penstock.testkit.net.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** How the contract's two stacks get at devices that are in namespaces, while the stacks stay in the test's thread. */
final class ContractLink {
    /** Longer than a retransmission takes, for the kernel's queues between the two are short. */
    private static final long QUIET_NANOS = 300_000_000;

    private ContractLink() {}

    /** A namespace, and what to open in it. */
    record End(NetworkNamespace namespace, String device) {
        /** Opens the device for a stack of the calling thread. */
        PacketQueue open(DeviceSetup setup, AtomicBoolean testHoldsFrames) {
            Thread stack = Thread.currentThread();
            return namespace.call(() -> {
                setup.pool().ownedBy(Thread.currentThread());
                try {
                    return new CheckedDevice(
                            Devices.open(Devices.parse(device), setup), setup.pool(), testHoldsFrames::get);
                } finally {
                    setup.pool().ownedBy(stack);
                }
            });
        }

        private StackConfig.Builder config(Function<PacketQueue, Idle> idle, AtomicBoolean testHoldsFrames) {
            return StackConfig.builder()
                    .device(setup -> open(setup, testHoldsFrames))
                    .idle(idle)
                    .probeAddress(false)
                    .frames(8192)
                    .maxQueues(1024)
                    .maxOperations(4096);
        }
    }

    /**
     * Opens both stacks.
     *
     * @param close what there is to close after them, also if they cannot be opened
     */
    static Link open(End client, End server, Function<PacketQueue, Idle> idle, Runnable close) {
        AtomicBoolean testHoldsFrames = new AtomicBoolean();
        LibOsLink link = new LibOsLink(
                new SystemClock(),
                () -> Stack.open(client.config(idle, testHoldsFrames)
                        .address(LibOsLink.CLIENT_CIDR)
                        .build()),
                () -> Stack.open(server.config(idle, testHoldsFrames)
                        .address(LibOsLink.SERVER_CIDR)
                        .build()),
                close);
        return link.quietNanos(QUIET_NANOS).whenTestHoldsFrames(() -> testHoldsFrames.set(true));
    }

    /** That nothing of a namespace is left. */
    static void assertGone(NetworkNamespace namespace) {
        assertThat(Files.exists(Path.of("/run/netns", namespace.name())))
                .as("namespace " + namespace.name())
                .isFalse();
    }
}
