package io.penstock.libos.tcp.tcp;

/** The checksum word by word, independent of the code under test. */
final class SegmentBytes {
    private SegmentBytes() {}

    /** The folded sum over pseudo-header and segment: 0xffff if the checksum in it is right. */
    static int sum(byte[] segment, long sourceLow, long destinationLow) {
        long sum = 6L + segment.length;
        int source = (int) sourceLow;
        int destination = (int) destinationLow;
        sum += (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff);
        for (int i = 0; i < segment.length; i += 2) {
            int low = i + 1 < segment.length ? segment[i + 1] & 0xff : 0;
            sum += (segment[i] & 0xff) << 8 | low;
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) sum;
    }
}
