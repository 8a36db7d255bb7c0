package io.penstock.system.afxdp;

import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.BlockingIdle;
import io.penstock.datapath.poll.Idle;

/** The contract over TAP with stacks that sleep in the kernel at once: packets, deadlines and wake-ups end that. */
class TapSleepingContractTest extends TapContractTest {
    @Override
    Idle idle(PacketQueue device) {
        return new BlockingIdle(device.waitFds(), 0);
    }
}
