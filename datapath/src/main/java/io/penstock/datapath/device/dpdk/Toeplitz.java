package io.penstock.datapath.device.dpdk;

/**
 * The hash by which NICs choose a queue (Microsoft's "Receive Side Scaling": for each bit of the input that is set, the 32
 * bits of the key that begin there are added).
 */
final class Toeplitz {
    /**
     * A key that repeats every 16 bits: swapping source and destination, which both have a multiple of 16 bits, changes
     * nothing (Woo and Park, "Scalable TCP Session Monitoring with Symmetric Receive-side Scaling", 2012).
     */
    private static final int PATTERN = 0x6d5a;

    private Toeplitz() {}

    static byte[] symmetricKey(int lengthBytes) {
        byte[] key = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++) {
            key[i] = (byte) (i % 2 == 0 ? PATTERN >> 8 : PATTERN);
        }
        return key;
    }

    /**
     * The hash of some bytes: addresses and ports in network order, as they stand in the headers.
     *
     * @param key at least four bytes longer than the input
     */
    static int hash(byte[] key, byte[] input) {
        int hash = 0;
        for (int bit = 0; bit < input.length * 8; bit++) {
            if ((input[bit >> 3] & 0x80 >> (bit & 7)) != 0) {
                hash ^= window(key, bit);
            }
        }
        return hash;
    }

    private static int window(byte[] key, int firstBit) {
        long bits = 0;
        for (int i = 0; i < 5; i++) {
            bits = bits << 8 | (key[(firstBit >> 3) + i] & 0xff);
        }
        return (int) (bits >>> (8 - (firstBit & 7)));
    }
}
