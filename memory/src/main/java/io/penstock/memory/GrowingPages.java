package io.penstock.memory;

import io.penstock.linux.Errno;
import io.penstock.linux.mem.Mmap;

/**
 * Memory that grows in place: addresses for the most that may ever be needed, and pages behind them as far as they were asked
 * for. So nothing is copied to make room, and no turn maps more than it was brought. All of it goes back to the kernel at once.
 *
 * <pre>
 *   address                  + presentBytes                                   + reservedBytes
 *      |  pages, there to be written |  addresses only: they cost nothing           |
 * </pre>
 *
 * <p>Not pinned, and of no pool: for what is too long for a {@link CoreHeap}'s blocks. One thread at a time.
 */
public final class GrowingPages {
    private static final int STEP_BYTES = 128 << 10;

    private long address;
    private long reservedBytes;
    private long presentBytes;

    /** Without addresses as yet. */
    public GrowingPages() {}

    /** Whether there are addresses. */
    public boolean isReserved() {
        return address != 0;
    }

    /** Where it begins; 0 if there are no addresses. */
    public long address() {
        return address;
    }

    /** How much can be read and written. */
    public long presentBytes() {
        return presentBytes;
    }

    /** How much it may grow to. */
    public long reservedBytes() {
        return reservedBytes;
    }

    /** How much there is behind the addresses when so much is asked for. */
    public static long roundUp(long bytes) {
        return (bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
    }

    /** Takes addresses. Returns false if the kernel has none. */
    public boolean reserve(long maxBytes) {
        long bytes = roundUp(maxBytes);
        int flags = Mmap.MAP_PRIVATE | Mmap.MAP_ANONYMOUS | Mmap.MAP_NORESERVE;
        long mapped = Mmap.map(bytes, Mmap.PROT_READ | Mmap.PROT_WRITE, flags, -1, 0);
        if (mapped < 0) {
            return false;
        }
        address = mapped;
        reservedBytes = bytes;
        return true;
    }

    /** Fetches the pages up to there. Returns false if there are none, or no addresses for them. */
    public boolean growTo(long bytes) {
        long wanted = roundUp(bytes);
        if (wanted > reservedBytes) {
            return false;
        }
        if (wanted > presentBytes) {
            int result = Mmap.populate(address + presentBytes, wanted - presentBytes);
            if (result != 0 && result != -Errno.EINVAL) { // before Linux 5.14 they come when they are touched
                return false;
            }
            presentBytes = wanted;
        }
        return true;
    }

    /** Gives pages and addresses back, if there are any. */
    public void release() {
        if (address != 0) {
            Mmap.unmap(address, reservedBytes);
            address = 0;
            reservedBytes = 0;
            presentBytes = 0;
        }
    }
}
