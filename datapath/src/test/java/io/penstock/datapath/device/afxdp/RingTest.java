package io.penstock.datapath.device.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.XdpSocket;
import io.penstock.linux.net.XdpSocket.RingMapping;
import io.penstock.linux.net.XdpSocket.RingOffsets;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The ring protocol, with the test in the kernel's place. Indices begin just below their wrap-around. */
class RingTest {
    private static final int ENTRIES = 8;
    private static final int START = -3;
    private static final int PRODUCER = 0;
    private static final int CONSUMER = 64;
    private static final int FLAGS = 128;
    private static final int DESCRIPTORS = 192;

    private final Arena arena = Arena.ofConfined();
    private final long memory = arena.allocate(DESCRIPTORS + 16L * ENTRIES, 64).address();

    private RingMapping mapping() {
        RawMemory.putInt(memory + PRODUCER, START);
        RawMemory.putInt(memory + CONSUMER, START);
        return new RingMapping(memory, 0, new RingOffsets(PRODUCER, CONSUMER, DESCRIPTORS, FLAGS), ENTRIES);
    }

    @AfterEach
    void free() {
        arena.close();
    }

    private void kernelConsumes(int count) {
        RawMemory.putInt(memory + CONSUMER, RawMemory.getInt(memory + CONSUMER) + count);
    }

    private void kernelProduces(int count) {
        RawMemory.putInt(memory + PRODUCER, RawMemory.getInt(memory + PRODUCER) + count);
    }

    private long slotAddress(int index, int descriptorBytes) {
        return memory + DESCRIPTORS + (long) (index & ENTRIES - 1) * descriptorBytes;
    }

    @Test
    void publishesOnlyWhatIsSubmitted() {
        FillRing ring = new FillRing(mapping());
        ring.put(0, 4096);
        ring.put(1, 8192);
        assertThat(RawMemory.getInt(memory + PRODUCER)).isEqualTo(START);
        ring.submit(2);
        assertThat(RawMemory.getInt(memory + PRODUCER)).isEqualTo(START + 2);
        assertThat(RawMemory.getLong(slotAddress(START, 8))).isEqualTo(4096);
        assertThat(RawMemory.getLong(slotAddress(START + 1, 8))).isEqualTo(8192);
        assertThat(ring.pending()).isEqualTo(2);
    }

    @Test
    void isFullAfterAsManyAsItHolds() {
        FillRing ring = new FillRing(mapping());
        assertThat(ring.free(ENTRIES)).isEqualTo(ENTRIES);
        ring.submit(ENTRIES);
        assertThat(ring.free(1)).isZero();
        kernelConsumes(5);
        assertThat(ring.free(1)).isEqualTo(5);
        assertThat(ring.pending()).isEqualTo(3);
    }

    @Test
    void writesTransmitDescriptorsWithoutOptions() {
        TxRing ring = new TxRing(mapping());
        RawMemory.fill(memory + DESCRIPTORS, 16L * ENTRIES, (byte) 0xff);
        ring.put(0, 0x1_0000_0100L, 1514);
        long descriptor = slotAddress(START, 16);
        assertThat(RawMemory.getLong(descriptor)).isEqualTo(0x1_0000_0100L);
        assertThat(RawMemory.getInt(descriptor + 8)).isEqualTo(1514);
        assertThat(RawMemory.getInt(descriptor + 12)).isZero();
    }

    @Test
    void readsReceivedPacketsInOrderAndGivesTheirSlotsBack() {
        RxRing ring = new RxRing(mapping());
        assertThat(ring.available(64)).isZero();
        for (int i = 0; i < 5; i++) {
            RawMemory.putLong(slotAddress(START + i, 16), 2048L * i + 256);
            RawMemory.putInt(slotAddress(START + i, 16) + 8, 60 + i);
        }
        kernelProduces(5);
        assertThat(ring.available(64)).isEqualTo(5);
        assertThat(ring.available(2)).isEqualTo(2);
        for (int i = 0; i < 5; i++) {
            assertThat(RxRing.umemOffset(ring.descriptor(i))).isEqualTo(2048L * i + 256);
            assertThat(RxRing.lengthBytes(ring.descriptor(i))).isEqualTo(60 + i);
        }
        ring.release(5);
        assertThat(RawMemory.getInt(memory + CONSUMER)).isEqualTo(START + 5);
        assertThat(ring.available(64)).isZero();
    }

    @Test
    void handsOutWhatIsKnownBeforeItLooksAgain() {
        CompletionRing ring = new CompletionRing(mapping());
        kernelProduces(2);
        assertThat(ring.available(64)).isEqualTo(2);
        kernelProduces(1);
        assertThat(ring.available(64)).isEqualTo(2);
        ring.release(2);
        assertThat(ring.available(64)).isEqualTo(1);
    }

    @Test
    void passesThousandsThroughInOrder() {
        CompletionRing ring = new CompletionRing(mapping());
        long next = 0;
        long expected = 0;
        for (int round = 0; round < 5000; round++) {
            int count = 1 + round % ENTRIES;
            for (int i = 0; i < count; i++) {
                RawMemory.putLong(slotAddress((int) (START + next), 8), next++);
            }
            kernelProduces(count);
            int available = ring.available(64);
            assertThat(available).isEqualTo(count);
            for (int i = 0; i < available; i++) {
                assertThat(ring.umemOffset(i)).isEqualTo(expected++);
            }
            ring.release(available);
        }
    }

    @Test
    void showsWhetherTheKernelWantsToBeWoken() {
        TxRing ring = new TxRing(mapping());
        RawMemory.putInt(memory + FLAGS, 0);
        assertThat(ring.needsWakeup()).isFalse();
        RawMemory.putInt(memory + FLAGS, XdpSocket.RING_NEED_WAKEUP);
        assertThat(ring.needsWakeup()).isTrue();
    }
}
