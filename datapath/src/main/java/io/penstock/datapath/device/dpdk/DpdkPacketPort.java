package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.FlowGroups;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A port as the device SPI shows it: opens its queues for stacks, and knows which are open. */
final class DpdkPacketPort implements PacketPort {
    private final DpdkPort port;
    private final List<DpdkQueue> queues = new CopyOnWriteArrayList<>();
    private final List<DeviceSetup.Steering> steering = new CopyOnWriteArrayList<>();

    DpdkPacketPort(DeviceSpec spec) {
        this.port = DpdkPort.open(spec);
    }

    @Override
    public DeviceInfo info() {
        return port.info();
    }

    @Override
    public boolean isUp() {
        return queues.stream().anyMatch(queue -> queue.events().isUp());
    }

    @Override
    public FlowGroups flowGroups() {
        return port.groups();
    }

    @Override
    public List<DeviceSetup.Steering> steering() {
        return List.copyOf(steering);
    }

    @Override
    public long rxDropped() {
        return port.statistics().rxDropped()
                + queues.stream().mapToLong(DpdkQueue::ownRxDropped).sum();
    }

    @Override
    public long txDropped() {
        return port.statistics().txDropped()
                + queues.stream().mapToLong(DpdkQueue::ownTxDropped).sum();
    }

    @Override
    public PacketQueue open(int first, int count, DeviceSetup setup) {
        DpdkOptions.Queues wanted = new DpdkOptions.Queues(first, first + count - 1);
        port.take(wanted);
        boolean opened = false;
        try {
            DpdkQueue queue = DpdkQueueOpener.open(port, wanted, setup);
            queues.add(queue);
            steering.add(setup.steering());
            opened = true;
            return queue;
        } finally {
            if (!opened) {
                port.giveBack(wanted);
            }
        }
    }

    @Override
    public void close() {
        port.letGo();
    }
}
