package io.penstock.datapath.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    /** RFC 1071, section 1, word by word, with nothing clever. */
    private static int naive(byte[] bytes, int from, int length) {
        long sum = 0;
        for (int i = 0; i < length; i += 2) {
            int high = bytes[from + i] & 0xff;
            int low = i + 1 < length ? bytes[from + i + 1] & 0xff : 0;
            sum += high << 8 | low;
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) sum;
    }

    @Test
    void sumsTheExampleOfRfc1071Section3() {
        byte[] example = {0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7};
        try (Arena arena = Arena.ofConfined()) {
            long at = arena.allocate(8).address();
            RawMemory.copyFrom(example, 0, at, 8);
            assertThat(Checksum.fold(Checksum.sum(at, 8))).isEqualTo(0xddf2);
            assertThat(Checksum.complement(Checksum.sum(at, 8))).isEqualTo(0x220d);
        }
    }

    @Test
    void agreesWithTheWordByWordSumForEveryLengthAndAlignment() {
        long seed = 0x7c51;
        Random random = new Random(seed);
        byte[] bytes = new byte[2100];
        try (Arena arena = Arena.ofConfined()) {
            long at = arena.allocate(bytes.length).address();
            for (int round = 0; round < 3; round++) {
                if (round == 2) {
                    java.util.Arrays.fill(bytes, (byte) 0xff); // the most carries
                } else {
                    random.nextBytes(bytes);
                }
                RawMemory.copyFrom(bytes, 0, at, bytes.length);
                for (int length = 0; length <= 2048; length += length < 80 ? 1 : 37) {
                    for (int offset = 0; offset < 9; offset++) {
                        assertThat(Checksum.fold(Checksum.sum(at + offset, length)))
                                .as("seed %d round %d offset %d length %d", seed, round, offset, length)
                                .isEqualTo(naive(bytes, offset, length));
                    }
                }
            }
        }
    }

    @Test
    void sumsOfPartsAddUpToTheSumOfTheWhole() {
        byte[] bytes = new byte[1001];
        new Random(5).nextBytes(bytes);
        try (Arena arena = Arena.ofConfined()) {
            long at = arena.allocate(bytes.length).address();
            RawMemory.copyFrom(bytes, 0, at, bytes.length);
            long parts = Checksum.sum(at, 20) + Checksum.sum(at + 20, 500) + Checksum.sum(at + 520, 481);
            assertThat(Checksum.fold(parts)).isEqualTo(naive(bytes, 0, 1001));
        }
    }

    @Test
    void aMappedAddressSumsAsTheIpv4AddressDoes() {
        long mapped = 0xffff_0000_0000L | 0xc612_0002L;
        assertThat(Checksum.fold(Checksum.addressSum(0, mapped) + 6)).isEqualTo(0xc612 + 0x0002 + 6);
    }
}
