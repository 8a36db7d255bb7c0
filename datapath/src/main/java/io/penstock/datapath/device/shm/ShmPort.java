package io.penstock.datapath.device.shm;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortShare;
import io.penstock.datapath.device.SharedPort;

/** One end of a wire in shared memory. */
final class ShmPort extends SharedPort {
    // What the lease says, and what its descriptor is called.
    static final String END = "end";
    static final String MTU = "mtu";
    static final String WIRE = "wire";

    private final ShmFile file;
    private final DeviceInfo info;

    ShmPort(String name, ShmFile file, int mtuBytes) {
        this.file = file;
        // Locally administered, and the same whenever this end of this wire is opened.
        long mac = 0x0200_5000_0000L | (name.hashCode() & 0xffff_ffL) << 8 | 0x0a + file.end();
        String end = file.end() == 0 ? "end A" : "end B";
        this.info = new DeviceInfo("shm:" + name, "shared memory, " + end, mac, mtuBytes, 1);
    }

    @Override
    public DeviceInfo info() {
        return info;
    }

    @Override
    protected PacketQueue openQueues(PortShare share, DeviceSetup setup) {
        return new ShmQueue(info, share, file, setup);
    }

    @Override
    protected void end() {
        file.close();
    }
}
