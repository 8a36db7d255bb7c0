package io.penstock.server;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.DirectMemory;
import io.penstock.memory.GrowingPages;

/**
 * What has come in on one connection and was not executed: a request that was cut, or requests that wait because their
 * replies could not. In one piece, in a block of the heap; what is longer than any block, in pages of its own, which grow as
 * more comes and go back to the kernel as soon as they are empty.
 */
final class GatheredInput {
    private static final int MIN_BYTES = 4 << 10;
    /** A heap's largest block. */
    private static final int MAX_BLOCK_BYTES = 1 << 20;
    /** What is this short is not worth pages. */
    private static final int SHORT_BYTES = 64 << 10;
    /** One turn copies no more than that to make room. */
    private static final int MAX_MOVED_BYTES = 4 << 20;

    private static final int MAX_BYTES = 1 << 30;

    private final CoreHeap heap;
    private final WaitingMemory memory;
    private final GrowingPages pages = new GrowingPages();
    private Buffer block;
    private long address;
    private int capacity;
    private int begin;
    private int end;

    GatheredInput(CoreHeap heap, WaitingMemory memory) {
        this.heap = heap;
        this.memory = memory;
    }

    int lengthBytes() {
        return end - begin;
    }

    long address() {
        return address + begin;
    }

    /** How much memory it takes. */
    int capacityBytes() {
        return capacity;
    }

    /** Adds bytes. Returns false if there is no memory for them. */
    boolean add(long from, int bytes) {
        if (end + (long) bytes > capacity && !makeRoom(bytes)) {
            return false;
        }
        DirectMemory.copy(from, address + end, bytes);
        end += bytes;
        return true;
    }

    /** Takes bytes away from the front. */
    void drop(int bytes) {
        begin += bytes;
        if (begin == end) {
            release();
        } else if (bytes > 0 && pages.isReserved() && lengthBytes() <= SHORT_BYTES) {
            boolean _ = moveToBlock(blockBytes(lengthBytes())); // if not, it stays where it is
        }
    }

    private boolean makeRoom(int bytes) {
        long needed = (long) lengthBytes() + bytes;
        if (needed <= capacity / 2
                && (lengthBytes() <= MAX_MOVED_BYTES || end + (long) bytes > pages.reservedBytes())) {
            DirectMemory.copy(address(), address, lengthBytes()); // much was dropped: no more than that is moved
            end -= begin;
            begin = 0;
            return true;
        }
        if (pages.isReserved()) {
            return grow(end + (long) bytes);
        }
        return moveToBlock(blockBytes(needed)) || moveToPages(needed);
    }

    private static long blockBytes(long neededBytes) {
        return Math.max(MIN_BYTES, Long.highestOneBit(neededBytes - 1) << 1);
    }

    private boolean moveToBlock(long newCapacity) {
        boolean may =
                newCapacity <= MAX_BLOCK_BYTES && memory.mayGrow(capacity, newCapacity) && memory.mayPin(newCapacity);
        Buffer newBlock = may ? heap.allocate((int) newCapacity, 0) : null;
        if (newBlock == null) {
            return false;
        }
        int length = lengthBytes();
        if (length > 0) {
            DirectMemory.copy(address(), newBlock.address(), length);
        }
        release();
        block = newBlock;
        address = newBlock.address();
        capacity = (int) newCapacity;
        end = length;
        memory.usePinned(capacity);
        return true;
    }

    /** What was in a block moves, which is little; what is in pages already stays where it is. */
    private boolean moveToPages(long needed) {
        if (!pages.reserve(Math.min(MAX_BYTES, memory.longestRequestBytes()))) {
            return false;
        }
        if (!memory.mayGrow(capacity, GrowingPages.roundUp(needed)) || !pages.growTo(needed)) {
            pages.release();
            return false;
        }
        int length = lengthBytes();
        if (length > 0) {
            DirectMemory.copy(address(), pages.address(), length);
        }
        releaseBlock();
        address = pages.address();
        capacity = (int) pages.presentBytes();
        begin = 0;
        end = length;
        memory.use(capacity);
        return true;
    }

    private boolean grow(long toBytes) {
        if (!memory.mayGrow(capacity, GrowingPages.roundUp(toBytes)) || !pages.growTo(toBytes)) {
            return false;
        }
        int newCapacity = (int) pages.presentBytes();
        memory.use(newCapacity - capacity);
        capacity = newCapacity;
        return true;
    }

    private void releaseBlock() {
        if (block != null) {
            block.release();
            block = null;
            memory.usePinned(-capacity);
            capacity = 0;
        }
    }

    void release() {
        releaseBlock();
        if (pages.isReserved()) {
            pages.release();
            memory.use(-capacity);
        }
        capacity = 0;
        begin = 0;
        end = 0;
    }
}
