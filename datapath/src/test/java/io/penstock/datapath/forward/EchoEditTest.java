package io.penstock.datapath.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.PacketEdit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EchoEditTest {
    private static final long OWN_MAC = 0x02_0000_00aa_bbL;
    private static final String MACS = "02 00 00 00 00 01  02 00 00 00 00 02 ";
    private static final String SWAPPED = "02 00 00 00 00 02  02 00 00 00 00 01 ";
    /** 198.18.0.2 to 198.18.0.1, a payload of four bytes, header checksum right. */
    private static final String UDP =
            "08 00  45 00 00 20 12 34 40 00 40 11 9c 71 c6 12 00 02 c6 12 00 01  c0 00 00 07 00 0c %s 01 02 03 04";

    private static final String UDP_BACK =
            "08 00  45 00 00 20 12 34 40 00 40 11 9c 71 c6 12 00 01 c6 12 00 02  00 07 c0 00 00 0c %s 01 02 03 04";
    private static final String PING =
            "08 00  45 00 00 1e 00 01 00 00 40 01 ee b6 c6 12 00 02 c6 12 00 01  08 00 %s 12 34 00 01 aa bb";
    private static final String PONG =
            "08 00  45 00 00 1e 00 01 00 00 40 01 ee b6 c6 12 00 01 c6 12 00 02  00 00 %s 12 34 00 01 aa bb";

    private final PacketEdit edit = new EchoEdit();

    private void assertAnswer(String request, String answer) {
        try (NativePacket packet = new NativePacket(request)) {
            assertThat(edit.edit(packet.address(), packet.lengthBytes(), OWN_MAC))
                    .isEqualTo(packet.lengthBytes());
            assertThat(HexFormat.ofDelimiter(" ").formatHex(packet.toBytes()))
                    .isEqualTo(HexFormat.ofDelimiter(" ").formatHex(NativePacket.bytes(answer)));
            assertThat(packet.guardIsWhole()).isTrue();
        }
    }

    private void assertDropped(String request) {
        try (NativePacket packet = new NativePacket(request)) {
            assertThat(edit.edit(packet.address(), packet.lengthBytes(), OWN_MAC))
                    .as(request)
                    .isEqualTo(PacketEdit.DROP);
        }
    }

    @Test
    void answersGoBackWhereTheRequestCameFrom() {
        assertThat(edit.reflects()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"af a0", "00 00", "de ad"})
    void aDatagramComesBackWithItsChecksumWhetherRightAbsentOrWrong(String checksum) {
        assertAnswer(MACS + UDP.formatted(checksum), SWAPPED + UDP_BACK.formatted(checksum));
    }

    @Test
    void aTaggedDatagramComesBackTagged() {
        String tag = "81 00 00 64 ";
        assertAnswer(MACS + tag + UDP.formatted("00 00"), SWAPPED + tag + UDP_BACK.formatted("00 00"));
    }

    @Test
    void bytesBehindAnIpv4PacketArePadding() {
        assertAnswer(MACS + UDP.formatted("00 00") + "00 00 00", SWAPPED + UDP_BACK.formatted("00 00") + "00 00 00");
    }

    /** The second is where adding to the old checksum alone, as RFC 1141 does, gives the other zero (RFC 1624, section 4). */
    @ParameterizedTest
    @CsvSource({"3b 0f, 43 0f", "f7 ff, 00 00", "f8 00, 00 01", "ff ff, 08 00"})
    void anEchoRequestBecomesAReplyWithItsChecksumMended(String before, String after) {
        assertAnswer(MACS + PING.formatted(before), SWAPPED + PONG.formatted(after));
    }

    @Test
    void aRightChecksumOfARequestOfAnyContentIsRightInItsReply() {
        long seed = 20;
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = NativePacket.bytes(MACS + PING.formatted("00 00"));
            for (int at = 38; at < bytes.length; at++) {
                bytes[at] = (byte) random.nextInt(256);
            }
            int sum = sum(bytes, 34, bytes.length);
            bytes[36] = (byte) (~sum >>> 8);
            bytes[37] = (byte) ~sum;
            try (NativePacket packet = new NativePacket(HexFormat.of().formatHex(bytes))) {
                assertThat(edit.edit(packet.address(), packet.lengthBytes(), OWN_MAC))
                        .isEqualTo(bytes.length);
                assertThat(sum(packet.toBytes(), 34, bytes.length))
                        .as("seed %d, packet %d", seed, i)
                        .isEqualTo(0xffff);
            }
        }
    }

    /** RFC 1071 by the letter. */
    private static int sum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | (bytes[i + 1] & 0xff);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    @Test
    void anArpRequestForAnyAddressIsAnsweredWithThePortsOwn() {
        assertAnswer(
                "ff ff ff ff ff ff  02 00 00 00 00 02  08 06"
                        + "00 01 08 00 06 04 00 01  02 00 00 00 00 02 c6 12 00 02  00 00 00 00 00 00 c6 12 00 63",
                "02 00 00 00 00 02  02 00 00 00 aa bb  08 06"
                        + "00 01 08 00 06 04 00 02  02 00 00 00 aa bb c6 12 00 63  02 00 00 00 00 02 c6 12 00 02");
    }

    @Test
    void anArpReplyAndAnArpOfAnotherKindAreDropped() {
        String rest = "02 00 00 00 00 02 c6 12 00 02  00 00 00 00 00 00 c6 12 00 63";
        assertDropped(MACS + "08 06 00 01 08 00 06 04 00 02" + rest);
        assertDropped(MACS + "08 06 00 06 08 00 06 04 00 01" + rest);
        assertDropped(MACS + "08 06 00 01 86 dd 06 04 00 01" + rest);
        assertDropped(MACS + "08 06 00 01 08 00 06 10 00 01" + rest);
    }

    @Test
    void whatAsksForNoAnswerIsDropped() {
        String udp = MACS + UDP.formatted("00 00");
        assertDropped(MACS + "86 dd" + " 60".repeat(40)); // IPv6
        assertDropped(udp.replace("40 11 9c", "40 06 9c")); // TCP
        assertDropped(udp.replace("45 00 00 20", "65 00 00 20")); // not version 4
        assertDropped(udp.replace("45 00 00 20", "44 00 00 20")); // a header too short
        assertDropped(udp.replace("45 00 00 20", "4f 00 00 20")); // a header longer than the packet
        assertDropped(udp.replace("45 00 00 20", "45 00 00 21")); // longer than what arrived
        assertDropped(udp.replace("45 00 00 20", "45 00 00 1b")); // no room for ports
        assertDropped(udp.replace("12 34 40 00", "12 34 20 00")); // a first fragment
        assertDropped(udp.replace("12 34 40 00", "12 34 00 01")); // a later one
        assertDropped(udp.replace("c6 12 00 01  c0", "e0 00 00 01  c0")); // multicast
        assertDropped(udp.replace("c6 12 00 01  c0", "ff ff ff ff  c0")); // broadcast
        assertDropped("ff ff ff ff ff ff " + udp.substring(18)); // to all on the wire
        assertDropped(MACS + PONG.formatted("43 0f"));
    }

    @Test
    void noTruncatedPacketIsReadPastItsEndOrAnswered() {
        for (String whole : new String[] {MACS + UDP.formatted("00 00"), MACS + PING.formatted("3b 0f")}) {
            byte[] bytes = NativePacket.bytes(whole);
            for (int length = 0; length < bytes.length; length++) {
                assertDropped(HexFormat.of().formatHex(Arrays.copyOf(bytes, length)));
            }
        }
    }

    @Test
    void swappingAddressesTwiceGivesThePacketBack() {
        PacketEdit swap = new MacSwap();
        String rest = "08 00 01 02 03 04 05 06";
        try (NativePacket packet = new NativePacket("01 02 03 04 05 06 11 12 13 14 15 16" + rest)) {
            assertThat(swap.edit(packet.address(), packet.lengthBytes(), OWN_MAC))
                    .isEqualTo(packet.lengthBytes());
            assertThat(packet.toBytes()).isEqualTo(NativePacket.bytes("11 12 13 14 15 16 01 02 03 04 05 06" + rest));
            assertThat(swap.edit(packet.address(), packet.lengthBytes(), OWN_MAC))
                    .isEqualTo(packet.lengthBytes());
            assertThat(packet.toBytes()).isEqualTo(NativePacket.bytes("01 02 03 04 05 06 11 12 13 14 15 16" + rest));
            assertThat(packet.guardIsWhole()).isTrue();
        }
        try (NativePacket runt = new NativePacket("01 02 03 04 05 06 11 12 13 14 15")) {
            assertThat(swap.edit(runt.address(), runt.lengthBytes(), OWN_MAC)).isEqualTo(runt.lengthBytes());
            assertThat(runt.toBytes()).isEqualTo(NativePacket.bytes("01 02 03 04 05 06 11 12 13 14 15"));
        }
    }
}
