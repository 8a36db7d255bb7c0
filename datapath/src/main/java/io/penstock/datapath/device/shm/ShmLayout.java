package io.penstock.datapath.device.shm;

/**
 * The file behind a shared-memory wire.
 *
 * <pre>
 *   0            +--------------------------------------------------------------+
 *                | magic (8) | layout version (4)                               |
 *   128          | end A: attached (4) | pid (4)                                |
 *   256          | end B: attached (4) | pid (4)                                |
 *   4096         +--------------------------------------------------------------+
 *                | ring from A to B                                             |
 *                |   +0     head: how many packets were ever put (8)            |   written by the sender only
 *                |   +128   tail: how many packets were ever taken (8)          |   written by the receiver only
 *                |   +4096  slot 0 | slot 1 | ... | slot 1023                   |
 *                +--------------------------------------------------------------+
 *                | ring from B to A: the same                                   |
 *                +--------------------------------------------------------------+
 *
 *   slot         0            8                              2048
 *                | length (4) | packet, from the Ethernet header on ... |
 * </pre>
 *
 * <p>All numbers are in the machine's order. Packet n lies in slot n modulo 1024; the ring is empty when head equals
 * tail. The sender writes the slots, then the head, with release; the receiver reads the head with acquire, then the
 * slots. Neither reads back what it wrote itself, so that a peer that writes nonsense can spoil nothing but what it
 * sends. Sizes are constants: none is read from the file.
 *
 * <p>Locks on bytes of the file (which need not exist) say who is attached: byte 0 end A, byte 1 end B, byte 2 whoever
 * is about to attach or detach. The kernel drops them with the process, so that a dead owner's end can be taken over.
 */
final class ShmLayout {
    static final long MAGIC = 0x5045_4e53_5457_4952L; // PENSTWIR
    static final int VERSION = 1;
    static final int SLOTS = 1024;
    static final int SLOT_BYTES = 2048;
    static final int PACKET_OFFSET = 8;
    static final int MAX_PACKET_BYTES = SLOT_BYTES - PACKET_OFFSET;
    static final int HEAD_OFFSET = 0;
    static final int TAIL_OFFSET = 128;

    static final int LOCK_SETUP = 2;

    private static final int PAGE = 4096;
    private static final int RING_BYTES = PAGE + SLOTS * SLOT_BYTES;
    static final int FILE_BYTES = PAGE + 2 * RING_BYTES;

    private ShmLayout() {}

    static long magic(long file) {
        return file;
    }

    static long version(long file) {
        return file + 8;
    }

    /** @param end 0 for A, 1 for B */
    static long attached(long file, int end) {
        return file + 128 + 128L * end;
    }

    static long pid(long file, int end) {
        return attached(file, end) + 4;
    }

    /** The ring into which an end puts. */
    static long ringFrom(long file, int end) {
        return file + PAGE + (long) RING_BYTES * end;
    }

    static long slot(long ring, long number) {
        return ring + PAGE + (number & (SLOTS - 1)) * SLOT_BYTES;
    }
}
