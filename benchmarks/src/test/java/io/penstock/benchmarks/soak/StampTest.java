package io.penstock.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StampTest {
    private static final int LENGTH = 1001;
    /** Of these every word is stamped. */
    private static final long WHOLE = 512;

    private final SoakMemory memory = PinnedMemory.open();
    private final Buffer buffer = memory.allocate(LENGTH);

    @AfterEach
    void close() {
        buffer.release();
        memory.close();
    }

    @Test
    void isFoundAgain() {
        for (int length = Stamp.MIN_BYTES; length <= LENGTH; length++) {
            buffer.length(length);
            for (long serial = WHOLE - 1; serial <= WHOLE; serial++) {
                Stamp.write(buffer, serial);
                assertThat(Stamp.verify(buffer, serial))
                        .as("length " + length + ", serial " + serial)
                        .isTrue();
            }
        }
    }

    @Test
    void isNotFoundUnderAnotherNumber() {
        Stamp.write(buffer, 7);
        assertThat(Stamp.verify(buffer, 8)).isFalse();
    }

    @Test
    void isNotFoundInAWindowOfAnotherLength() {
        Stamp.write(buffer, 7);
        assertThat(Stamp.verify(buffer.length(LENGTH - 8), 7)).isFalse();
        assertThat(Stamp.verify(buffer.length(8), 7)).isFalse();
    }

    @Test
    void noticesAChangeOfTheFirstAndTheLastByte() {
        for (int at : new int[] {0, LENGTH - 1}) {
            Stamp.write(buffer, 7);
            buffer.putByte(at, (byte) ~buffer.getByte(at));
            assertThat(Stamp.verify(buffer, 7)).as("byte " + at).isFalse();
        }
    }

    @Test
    void noticesAChangeOfAnyByteOfOneInManyBuffers() {
        for (int at = 0; at < LENGTH; at++) {
            Stamp.write(buffer, WHOLE);
            buffer.putByte(at, (byte) ~buffer.getByte(at));
            assertThat(Stamp.verify(buffer, WHOLE)).as("byte " + at).isFalse();
        }
    }
}
