package io.penstock.libos.tcp.ip;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The authors' own vector. */
class SipHashTest {
    @Test
    void sipHashIsThatOfItsAuthors() {
        // Key 00..0f; the reference implementation's vector for the message 00 01 .. 27 (40 bytes).
        long hash = SipHash.hash(
                0x0706050403020100L,
                0x0f0e0d0c0b0a0908L,
                0x0706050403020100L,
                0x0f0e0d0c0b0a0908L,
                0x1716151413121110L,
                0x1f1e1d1c1b1a1918L,
                0x2726252423222120L);
        assertThat(hash).isEqualTo(0x0e3e_a96b_5304_a7d0L);
    }
}
