package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.device.Burst;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a stack whose thread has ended, and of a device behind its stack. */
@Timeout(60)
class StackLifeTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final AtomicReference<PacketQueue> device = new AtomicReference<>();

    private Stack open() {
        return Stack.open(StackConfig.builder()
                .device(setup -> {
                    device.set(Devices.open(
                            Devices.parse("shm:life-" + ProcessHandle.current().pid()), setup));
                    return device.get();
                })
                .address("198.18.0.2/24")
                .probeAddress(false)
                .frames(512)
                .build());
    }

    @Test
    void anybodyClosesAStackWhoseThreadHasEnded() throws InterruptedException {
        AtomicReference<Stack> stack = new AtomicReference<>();
        AtomicReference<Buffer> held = new AtomicReference<>();
        Thread owner = Thread.ofPlatform().start(() -> {
            stack.set(open());
            held.set(stack.get().allocate(10));
        });
        owner.join();
        stack.get().close();
        assertThatThrownBy(() -> stack.get().allocate(10)).hasMessage("the stack is closed");
        assertThatThrownBy(() -> held.get().release()).hasMessageContaining("was closed");
    }

    @Test
    void aClosedDeviceIsAsOneWithoutALink() {
        Buffer kept;
        Counter counter;
        try (Stack stack = open()) {
            kept = stack.allocate(100);
            ACCESS.hold(kept);
            counter = stack.counters().counter("life.test");
        }
        PacketQueue closed = device.get();
        closed.close();
        Burst burst = new Burst(8);
        for (int i = 0; i < 1000; i++) {
            assertThat(closed.rxBurst(burst)).isZero();
            burst.clear();
            burst.add(kept, 256, 100);
            assertThat(closed.txBurst(burst)).isEqualTo(1);
            burst.clear();
            assertThat(closed.reclaim()).isZero();
        }
        assertThat(closed.events().isUp()).isFalse();
        assertThat(closed.waitFds().count()).isZero();
        assertThat(closed.info().name()).startsWith("shm:");
        assertThat(closed.rxDropped() + closed.txDropped()).isNotNegative();
        counter.increment();
        assertThat(counter.get()).isEqualTo(1);
    }
}
