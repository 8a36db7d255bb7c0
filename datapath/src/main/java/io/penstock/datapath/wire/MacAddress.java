package io.penstock.datapath.wire;

/** A 48-bit hardware address in the low bits of a long. */
public final class MacAddress {
    public static final long BROADCAST = 0xffff_ffff_ffffL;

    /** The group bit is the lowest bit of the first byte (IEEE 802, section 8.2.2). */
    private static final long GROUP_BIT = 0x0100_0000_0000L;

    private MacAddress() {}

    /** Whether one station has this address: neither a group's (broadcast included) nor zero. */
    public static boolean isUnicast(long mac) {
        return (mac & GROUP_BIT) == 0 && mac != 0;
    }

    /** As text, 02:00:00:00:00:01. */
    public static String toString(long mac) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int octet = (int) (mac >>> shift) & 0xff;
            text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 15, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
