package io.penstock.libos.tcp;

import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.contract.LibOsContract;
import io.penstock.libos.tcp.contract.StackPairWire;
import io.penstock.libos.tcp.contract.Wire;
import java.util.concurrent.atomic.AtomicInteger;

/** The contract on a wire in shared memory, in real time. */
class ShmContractTest extends LibOsContract {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    @Override
    protected Wire openWire() {
        String name = "contract-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        return new StackPairWire(new SystemClock(), config(name), config(name), () -> {});
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
