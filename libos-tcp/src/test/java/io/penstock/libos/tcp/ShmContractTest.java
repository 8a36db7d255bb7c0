package io.penstock.libos.tcp;

import io.penstock.datapath.poll.SystemClock;
import io.penstock.testkit.contract.LibOsContract;
import io.penstock.testkit.contract.LibOsLink;
import io.penstock.testkit.contract.Link;
import java.util.concurrent.atomic.AtomicInteger;

/** The contract on a wire in shared memory, in real time. */
class ShmContractTest extends LibOsContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @Override
    protected Link openLink() {
        String name = "contract-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        return new LibOsLink(
                new SystemClock(),
                () -> Stack.open(config(name).address(LibOsLink.CLIENT_CIDR).build()),
                () -> Stack.open(config(name).address(LibOsLink.SERVER_CIDR).build()),
                () -> {});
    }

    private static StackConfig.Builder config(String wire) {
        return StackConfig.builder()
                .device("shm:" + wire)
                .probeAddress(false)
                .frames(2048)
                .maxQueues(1024)
                .maxOperations(4096);
    }
}
