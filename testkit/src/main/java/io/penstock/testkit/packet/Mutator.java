package io.penstock.testkit.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Damages packets, and sets checksums right in some of them so that the damage is seen deep inside. */
public final class Mutator {
    private static final int[] TELLING = {0, 1, 4, 5, 6, 7, 0x40, 0x45, 0x4f, 0x7f, 0x80, 0xff};

    private final Random random;

    public Mutator(Random random) {
        this.random = random;
    }

    /** A packet that is something like this one. */
    public byte[] mutate(byte[] packet) {
        byte[] p = packet.clone();
        for (int i = random.nextInt(5); i > 0 && p.length > 0; i--) {
            p = once(p);
        }
        return random.nextInt(4) == 0 ? p : withChecksums(p);
    }

    private byte[] once(byte[] p) {
        // Mostly in the headers: there is little to learn from the payload.
        int at = random.nextInt(random.nextInt(4) == 0 ? p.length : Math.min(p.length, 80));
        switch (random.nextInt(8)) {
            case 0 -> p[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> p[at] = (byte) random.nextInt();
            case 2 -> p[at] = (byte) TELLING[random.nextInt(TELLING.length)];
            case 3 -> {
                if (at + 1 < p.length) {
                    p[at] = (byte) TELLING[random.nextInt(TELLING.length)];
                    p[at + 1] = (byte) TELLING[random.nextInt(TELLING.length)];
                }
            }
            case 4 -> {
                return Arrays.copyOf(p, at);
            }
            case 5 -> {
                byte[] longer = Arrays.copyOf(p, Math.min(1514, p.length + random.nextInt(64)));
                return withTotalLength(longer);
            }
            case 6 -> {
                return withTotalLength(Arrays.copyOf(p, Math.max(34, at)));
            }
            default -> {
                // Options: everything behind moves.
                int words = 1 + random.nextInt(10);
                byte[] wider = new byte[Math.min(1514, p.length + words * 4)];
                int from = 34 + (random.nextBoolean() ? 20 : 0);
                if (p.length < from || p.length < 14 + 20) {
                    return p;
                }
                System.arraycopy(p, 0, wider, 0, from);
                for (int i = from; i < Math.min(wider.length, from + words * 4); i++) {
                    wider[i] = (byte) TELLING[random.nextInt(TELLING.length)];
                }
                int rest = Math.min(p.length - from, wider.length - from - words * 4);
                if (rest > 0) {
                    System.arraycopy(p, from, wider, from + words * 4, rest);
                }
                if (from == 34) {
                    wider[14] = (byte) (0x40 | Math.min(15, 5 + words));
                } else if (wider.length > 46) {
                    wider[46] = (byte) (Math.min(15, 5 + words) << 4);
                }
                return withTotalLength(wider);
            }
        }
        return p;
    }

    private static void put(byte[] p, int at, int value) {
        p[at] = (byte) (value >>> 8);
        p[at + 1] = (byte) value;
    }

    private static byte[] withTotalLength(byte[] p) {
        if (p.length >= 18) {
            p[16] = (byte) ((p.length - 14) >>> 8);
            p[17] = (byte) (p.length - 14);
        }
        return p;
    }

    /** Sets the checksums of IPv4 and of what it carries right, as far as the lengths make sense. */
    public static byte[] withChecksums(byte[] p) {
        if (p.length < 34 || Packets.u16(p, 12) != 0x0800) {
            return p;
        }
        int header = (p[14] & 15) * 4;
        int total = Packets.u16(p, 16);
        if (header < 20 || total < header || total > p.length - 14) {
            return p;
        }
        put(p, 24, 0);
        put(p, 24, ~Packets.checksum(p, 14, header, 0));
        int at = 14 + header;
        int length = total - header;
        int protocol = Packets.u8(p, 23);
        int field = protocol == 6 ? 16 : protocol == 17 ? 6 : protocol == 1 ? 2 : -1;
        if (field >= 0 && length >= field + 2) {
            long pseudo = protocol == 1 ? 0 : Packets.pseudo(Packets.i32(p, 26), Packets.i32(p, 30), protocol, length);
            put(p, at + field, 0);
            put(p, at + field, ~Packets.checksum(p, at, length, pseudo));
        }
        return p;
    }

    /** What a TCP peer might answer to a segment: addresses and ports turned round, numbers that fit. */
    public byte[] answer(byte[] segment, int dataBytes) {
        int tcpHeader = ((segment[46] >>> 4) & 15) * 4;
        int payload = Packets.u16(segment, 16) - 20 - tcpHeader;
        int flags = segment[47];
        int next = Packets.i32(segment, 38) + payload + (flags & 1) + ((flags >>> 1) & 1);
        byte[] data = new byte[dataBytes];
        random.nextBytes(data);
        byte[] tcp = ByteBuffer.allocate(20 + dataBytes)
                .putShort((short) Packets.u16(segment, 36))
                .putShort((short) Packets.u16(segment, 34))
                .putInt(Packets.i32(segment, 42) + (random.nextInt(8) == 0 ? random.nextInt(3000) - 1500 : 0))
                .putInt(next)
                .put((byte) 0x50)
                .put((byte) (0x10 | (random.nextInt(10) == 0 ? 1 : 0) | (random.nextInt(20) == 0 ? 0x20 : 0)))
                .putShort((short) (random.nextInt(10) == 0 ? 0 : 0xffff))
                .putInt(0)
                .put(data)
                .array();
        byte[] packet = Packets.ipv4(Packets.i32(segment, 30), Packets.i32(segment, 26), 6, tcp);
        return withChecksums(Packets.ethernet(Packets.mac48(segment, 6), Packets.mac48(segment, 0), 0x0800, packet));
    }
}
