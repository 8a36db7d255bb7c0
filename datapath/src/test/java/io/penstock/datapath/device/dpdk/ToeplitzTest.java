package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The hash of RSS, against the suite that Microsoft publishes for it ("Verifying the RSS Hash Calculation"). */
class ToeplitzTest {
    private static final byte[] KEY =
            HexFormat.of().parseHex("6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa");
    private static final int KEY_BYTES = 40;

    private static byte[] addresses(String source, String destination) {
        ByteBuffer bytes = ByteBuffer.allocate(8);
        for (String address : new String[] {source, destination}) {
            for (String part : address.split("\\.", -1)) {
                bytes.put((byte) Integer.parseInt(part));
            }
        }
        return bytes.array();
    }

    private static byte[] withPorts(byte[] addresses, int source, int destination) {
        return ByteBuffer.allocate(addresses.length + 4)
                .put(addresses)
                .putShort((short) source)
                .putShort((short) destination)
                .array();
    }

    @ParameterizedTest
    @CsvSource({
        "66.9.149.187, 2794, 161.142.100.80, 1766, 323e8fc2, 51ccc178",
        "199.92.111.2, 14230, 65.69.140.83, 4739, d718262a, c626b0ea",
        "24.19.198.95, 12898, 12.22.207.184, 38024, d2d0a5de, 5c2b394a",
        "38.27.205.30, 48228, 209.142.163.6, 2217, 82989176, afc7327f",
        "153.39.163.191, 44251, 202.188.127.2, 1303, 5d1809c5, 10e828a2"
    })
    void hashesAsPublished(
            String source, int sourcePort, String destination, int destinationPort, String ip, String tcp) {
        byte[] addresses = addresses(source, destination);
        assertThat(Toeplitz.hash(KEY, addresses)).isEqualTo(Integer.parseUnsignedInt(ip, 16));
        assertThat(Toeplitz.hash(KEY, withPorts(addresses, sourcePort, destinationPort)))
                .isEqualTo(Integer.parseUnsignedInt(tcp, 16));
    }

    @Test
    void bothDirectionsOfAConnectionHashAlikeWithOurKeyAndNotWithTheUsualOne() {
        byte[] key = Toeplitz.symmetricKey(KEY_BYTES);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int different = 0;
        for (int i = 0; i < 1000; i++) {
            for (int addressBytes : new int[] {4, 16}) {
                byte[] there = new byte[2 * addressBytes + 4];
                random.nextBytes(there);
                byte[] back = ByteBuffer.allocate(there.length)
                        .put(there, addressBytes, addressBytes)
                        .put(there, 0, addressBytes)
                        .put(there, 2 * addressBytes + 2, 2)
                        .put(there, 2 * addressBytes, 2)
                        .array();
                assertThat(Toeplitz.hash(key, there)).as("seed %d", seed).isEqualTo(Toeplitz.hash(key, back));
                different += Toeplitz.hash(KEY, there) == Toeplitz.hash(KEY, back) ? 0 : 1;
            }
        }
        assertThat(different).isGreaterThan(1900);
    }

    @Test
    void connectionsSpreadOverTheTable() {
        byte[] key = Toeplitz.symmetricKey(KEY_BYTES);
        int[] counts = new int[2];
        for (int port = 1024; port < 2024; port++) {
            counts[Toeplitz.hash(key, withPorts(addresses("198.18.0.1", "198.18.0.2"), port, 7)) & 1]++;
        }
        assertThat(counts[0]).isBetween(300, 700);
    }
}
