package io.penstock.libos.tcp.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.RawMemory;
import io.penstock.memory.Buffer;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ReassemblyTest {
    /** Whatever arrives in whatever order and overlap, what comes out is sorted, disjoint and all that came in. */
    @Property(tries = 500)
    void keepsEachByteOnceInOrder(
            @ForAll @Size(max = 100) int[] places, @ForAll @IntRange(min = 1, max = 60) int limit, @ForAll int origin) {
        try (Region region = Region.mapSmall(128 * 2048);
                FramePool pool = FramePool.over("test", region, 2048, 256)) {
            Reassembly reassembly = new Reassembly();
            boolean[] present = new boolean[2_500];
            for (int place : places) {
                int at = (place & 0x7fff_ffff) % 1_900;
                int length = 1 + (place >>> 20) % (place % 3 == 0 ? 599 : 99);
                Buffer b = pool.allocate().length(length);
                for (int i = 0; i < length; i++) {
                    b.putByte(i, (byte) ((at + i) * 7));
                }
                Reassembly.Added added = reassembly.add(b, origin + at, limit, 1 + limit / 4);
                boolean allThere = true;
                for (int i = at; i < at + length; i++) {
                    allThere &= present[i];
                    present[i] |= added == Reassembly.Added.KEPT;
                }
                if (added == Reassembly.Added.DUPLICATE) {
                    assertThat(allThere)
                            .as("something new was called a duplicate")
                            .isTrue();
                }
                assertThat(reassembly.frames()).isLessThanOrEqualTo(1 + limit / 4);
                assertThat(pool.framesInUse()).isEqualTo(reassembly.frames());
            }
            int end = 0;
            while (!reassembly.isEmpty()) {
                int at = reassembly.firstSequence() - origin;
                assertThat(at).isGreaterThanOrEqualTo(end);
                int length = reassembly.firstLength();
                for (int i = 0; i < length; i++) {
                    assertThat(present[at + i]).isTrue();
                    assertThat(RawMemory.getByte(reassembly.firstAddress() + i)).isEqualTo((byte) ((at + i) * 7));
                    present[at + i] = false;
                }
                end = at + length;
                if (reassembly.firstIsAlone() && at % 2 == 0) {
                    Buffer b = reassembly.takeFirst();
                    assertThat(b.length()).isEqualTo(length);
                    b.release();
                } else {
                    reassembly.dropFirst();
                }
                assertThat(pool.framesInUse()).isEqualTo(reassembly.frames());
            }
            for (boolean left : present) {
                assertThat(left).as("a byte was lost").isFalse();
            }
            assertThat(reassembly.bytes()).isZero();
            assertThat(pool.framesInUse()).isZero();
        }
    }
}
