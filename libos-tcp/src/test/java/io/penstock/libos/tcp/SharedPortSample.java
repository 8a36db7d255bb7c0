package io.penstock.libos.tcp;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import java.util.ArrayList;
import java.util.List;

/** What docs/devices.md shows: it is compiled, and needs an interface to run. */
final class SharedPortSample {
    private SharedPortSample() {}

    static void serveOnAllQueues() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        try (PacketPort port = Devices.openPort(Devices.parse("afxdp:eth1"))) {
            for (int queue = 0; queue < port.info().queues(); queue++) {
                StackConfig config = StackConfig.builder()
                        .device(DeviceFactory.queueOf(port, queue))
                        .address("198.18.0.2/24")
                        .build();
                threads.add(Thread.ofPlatform().start(() -> serve(config))); // Stack.open(config), and its loop
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private static void serve(StackConfig config) {
        Completion completion = new Completion();
        try (Stack stack = Stack.open(config)) {
            while (stack.waitNext(completion, LibOs.FOREVER) == WaitResult.COMPLETED) {
                completion.buffer().release();
            }
        }
    }
}
