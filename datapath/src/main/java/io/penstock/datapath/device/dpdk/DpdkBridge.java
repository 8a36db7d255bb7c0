package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.Resources;

/** Two ports, or one, between which mbufs go straight from driver to driver. */
final class DpdkBridge implements Bridge {
    private final String mode;
    private final DpdkLane forth;
    /** Null if there is one port. */
    private final DpdkLane back;

    private final BridgeMempool mempool;
    private final Resources resources;
    private boolean closed;

    /** @param resources closes everything, the mempool after the ports */
    DpdkBridge(String mode, DpdkLane[] lanes, BridgeMempool mempool, Resources resources) {
        this.mode = mode;
        this.forth = lanes[0];
        this.back = lanes.length == 1 ? null : lanes[1];
        this.mempool = mempool;
        this.resources = resources;
    }

    @Override
    public int turn(int maxBurst) {
        if (closed) {
            return 0;
        }
        int received = forth.carry(maxBurst);
        if (back != null) {
            received += back.carry(maxBurst);
        }
        return received;
    }

    @Override
    public long received() {
        return forth.received() + (back == null ? 0 : back.received());
    }

    @Override
    public long sent() {
        return forth.sent() + (back == null ? 0 : back.sent());
    }

    @Override
    public long dropped() {
        return forth.dropped() + (back == null ? 0 : back.dropped());
    }

    @Override
    public String mode() {
        return mode;
    }

    @Override
    public int buffers() {
        return BridgeMempool.MBUFS;
    }

    @Override
    public int buffersBack() {
        return mempool.mbufsBack();
    }

    @Override
    public int maxKeptByDrivers() {
        return mempool.maxKept();
    }

    @Override
    public void close() {
        closed = true;
        resources.close();
    }
}
