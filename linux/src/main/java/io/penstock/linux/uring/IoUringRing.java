package io.penstock.linux.uring;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.SystemCall;
import io.penstock.linux.mem.Mmap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * As much of io_uring(7) as shows that pinned memory can be given to it: one request at a time, on fixed buffers.
 *
 * <p>Structures from linux/io_uring.h; every architecture has the same call numbers.
 *
 * <pre>
 *   struct io_uring_params (120 bytes)             struct io_uring_sqe (64 bytes)      struct io_uring_cqe (16 bytes)
 *    0 sq_entries   4 cq_entries                    0 opcode u8  1 flags  2 ioprio      0 user_data
 *    8 flags       12 sq_thread_cpu                 4 fd                                8 res
 *   16 ..idle      20 features                      8 off (in the file)                12 flags
 *   24 wq_fd       28 resv[3]                      16 addr
 *   40 sq_off: head tail mask entries flags        24 len       28 rw_flags
 *              dropped array                       32 user_data
 *   80 cq_off: head tail mask entries overflow     40 buf_index u16
 *              cqes
 *
 *   one mapping (IORING_FEAT_SINGLE_MMAP), offsets from sq_off and cq_off:
 *   +---------+---------+-----+------------------+----------------------+
 *   | sq head | sq tail | ... | cqes[cq_entries] | array[sq_entries]    |     and another one with sqes[sq_entries]
 *   +---------+---------+-----+------------------+----------------------+
 * </pre>
 */
public final class IoUringRing implements AutoCloseable {
    public static final int READ_FIXED = 4;
    public static final int WRITE_FIXED = 5;

    private static final SystemCall IO_URING_SETUP = SystemCall.of("io_uring_setup", 425);
    private static final SystemCall IO_URING_ENTER = SystemCall.of("io_uring_enter", 426);
    private static final SystemCall IO_URING_REGISTER = SystemCall.of("io_uring_register", 427);
    private static final int REGISTER_BUFFERS = 0;
    private static final int UNREGISTER_BUFFERS = 1;
    private static final int ENTER_GETEVENTS = 1;
    private static final int FEAT_SINGLE_MMAP = 1;
    private static final long OFF_SQ_RING = 0;
    private static final long OFF_SQES = 0x1000_0000L;

    private static final int PARAMS_BYTES = 120;
    private static final int SQ_OFF = 40;
    private static final int CQ_OFF = 80;
    private static final int SQE_BYTES = 64;
    private static final int CQE_BYTES = 16;

    private final int fd;
    private final long ring;
    private final long ringBytes;
    private final long sqes;
    private final long sqesBytes;
    private final int[] sq = new int[7];
    private final int[] cq = new int[6];

    /** Makes a ring of its own. */
    public IoUringRing(int entries) {
        try (Arena arena = Arena.ofConfined()) {
            long params = arena.allocate(PARAMS_BYTES, Long.BYTES).address();
            fd = (int) check("io_uring_setup", IO_URING_SETUP.call(entries, params, 0, 0));
            if ((RawMemory.getInt(params + 20) & FEAT_SINGLE_MMAP) == 0) {
                throw new IllegalStateException("a kernel before 5.4");
            }
            for (int i = 0; i < sq.length; i++) {
                sq[i] = RawMemory.getInt(params + SQ_OFF + 4L * i);
            }
            for (int i = 0; i < cq.length; i++) {
                cq[i] = RawMemory.getInt(params + CQ_OFF + 4L * i);
            }
            long sqBytes = sq[6] + RawMemory.getInt(params) * 4L;
            long cqBytes = cq[5] + RawMemory.getInt(params + 4) * (long) CQE_BYTES;
            ringBytes = Math.max(sqBytes, cqBytes);
            sqesBytes = RawMemory.getInt(params) * (long) SQE_BYTES;
        }
        try {
            ring = map(ringBytes, OFF_SQ_RING);
            sqes = map(sqesBytes, OFF_SQES);
        } catch (SystemCallException e) {
            FileDescriptors.close(
                    fd); // a first mapping stays until the process ends: it is small, and memory has run out
            throw e;
        }
    }

    private long map(long bytes, long offset) {
        return check(
                "mmap",
                Mmap.map(bytes, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED | Mmap.MAP_POPULATE, fd, offset));
    }

    /** Gives one stretch of memory, as buffer 0. Returns 0 or the negative errno. */
    public int register(long address, long lengthBytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment iovec = arena.allocate(16, Long.BYTES);
            RawMemory.putLong(iovec.address(), address);
            RawMemory.putLong(iovec.address() + 8, lengthBytes);
            return (int) IO_URING_REGISTER.call(fd, REGISTER_BUFFERS, iovec.address(), 1);
        }
    }

    /** Takes it back. Returns 0 or the negative errno. */
    public int unregister() {
        return (int) IO_URING_REGISTER.call(fd, UNREGISTER_BUFFERS, 0, 0);
    }

    /** Reads or writes a file from or to registered memory and waits. Returns the bytes moved, or the negative errno. */
    public int transfer(int opcode, int fileFd, long fileOffset, long address, int lengthBytes) {
        int mask = RawMemory.getInt(ring + sq[2]);
        int tail = RawMemory.getInt(ring + sq[1]);
        int slot = tail & mask;
        long sqe = sqes + (long) slot * SQE_BYTES;
        RawMemory.fill(sqe, SQE_BYTES, (byte) 0);
        RawMemory.putByte(sqe, (byte) opcode);
        RawMemory.putInt(sqe + 4, fileFd);
        RawMemory.putLong(sqe + 8, fileOffset);
        RawMemory.putLong(sqe + 16, address);
        RawMemory.putInt(sqe + 24, lengthBytes);
        RawMemory.putLong(sqe + 32, tail);
        RawMemory.putInt(ring + sq[6] + 4L * slot, slot);
        RawMemory.putIntRelease(ring + sq[1], tail + 1);

        check("io_uring_enter", IO_URING_ENTER.call(fd, 1, 1, ENTER_GETEVENTS));

        int head = RawMemory.getInt(ring + cq[0]);
        if (RawMemory.getIntAcquire(ring + cq[1]) == head) {
            throw new IllegalStateException("io_uring_enter came back without a completion");
        }
        long cqe = ring + cq[5] + (long) (head & RawMemory.getInt(ring + cq[2])) * CQE_BYTES;
        if (RawMemory.getLong(cqe) != tail) {
            throw new IllegalStateException("the completion of another request");
        }
        int result = RawMemory.getInt(cqe + 8);
        RawMemory.putIntRelease(ring + cq[0], head + 1);
        return result;
    }

    @Override
    public void close() {
        Mmap.unmap(sqes, sqesBytes);
        Mmap.unmap(ring, ringBytes);
        FileDescriptors.close(fd);
    }

    private static long check(String what, long result) {
        if (result < 0) {
            throw new SystemCallException(what, (int) -result);
        }
        return result;
    }
}
