package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SizeClassesTest {
    @Property
    void aBlockHoldsWhatIsAskedForAndTheNextSmallerOneDoesNot(
            @ForAll @IntRange(max = SizeClasses.MAX_BYTES) int bytes) {
        int sizeClass = SizeClasses.classOf(bytes);
        assertThat(sizeClass).isBetween(0, SizeClasses.COUNT - 1);
        assertThat(SizeClasses.blockBytes(sizeClass)).isGreaterThanOrEqualTo(bytes);
        if (sizeClass > 0) {
            assertThat(SizeClasses.blockBytes(sizeClass - 1)).isLessThan(bytes);
        }
    }

    @Property
    void lessThanAFifthOfABlockIsWasted(
            @ForAll @IntRange(min = SizeClasses.MIN_BYTES, max = SizeClasses.MAX_BYTES) int bytes) {
        int blockBytes = SizeClasses.blockBytes(SizeClasses.classOf(bytes));
        assertThat(5L * (blockBytes - bytes)).isLessThan(blockBytes);
    }

    @Property
    void moreBytesAreNeverInASmallerClass(
            @ForAll @IntRange(max = SizeClasses.MAX_BYTES) int one,
            @ForAll @IntRange(max = SizeClasses.MAX_BYTES) int other) {
        assertThat(SizeClasses.classOf(Math.min(one, other)))
                .isLessThanOrEqualTo(SizeClasses.classOf(Math.max(one, other)));
    }

    @Example
    void everyClassIsTheClassOfItsOwnSize() {
        for (int c = 0; c < SizeClasses.COUNT; c++) {
            int blockBytes = SizeClasses.blockBytes(c);
            assertThat(SizeClasses.classOf(blockBytes)).isEqualTo(c);
            assertThat(blockBytes % 16).as("blocks begin at multiples of 16").isZero();
            if (c > 0) {
                assertThat(SizeClasses.classOf(SizeClasses.blockBytes(c - 1) + 1))
                        .isEqualTo(c);
            }
        }
        assertThat(SizeClasses.classOf(0)).isZero();
        assertThat(SizeClasses.blockBytes(SizeClasses.COUNT - 1)).isEqualTo(SizeClasses.MAX_BYTES);
    }

    @Example
    void spansAreCutWithoutARemainder() {
        for (int c = 0; c < SizeClasses.COUNT; c++) {
            int spanBytes = SizeClasses.spanUnits(c) * SizeClasses.UNIT_BYTES;
            assertThat(SizeClasses.blocksPerSpan(c)).isPositive();
            assertThat(SizeClasses.blocksPerSpan(c) * SizeClasses.blockBytes(c)).isEqualTo(spanBytes);
        }
    }
}
