package io.penstock.examples.stream;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.OutOfMemoryRegionException;
import io.penstock.memory.Region;
import io.penstock.memory.os.RawMemory;

/**
 * What has come in on one connection and was not executed: a request that was cut, or requests that wait because their
 * replies could not. In one piece, in a block of the heap; what is longer than any block, in a mapping of its own, which
 * goes back to the kernel as soon as it is empty.
 */
final class Input {
    private static final int LEAST_BYTES = 4 << 10;
    /** A heap's largest block. */
    private static final int MOST_BLOCK_BYTES = 1 << 20;

    private static final int MOST_BYTES = 1 << 30;

    private final CoreHeap heap;
    private final WaitingMemory memory;
    private Buffer block;
    private Region mapping;
    private long address;
    private int capacity;
    private int begin;
    private int end;

    Input(CoreHeap heap, WaitingMemory memory) {
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
        RawMemory.copy(from, address + end, bytes);
        end += bytes;
        return true;
    }

    /** Takes bytes away from the front. */
    void drop(int bytes) {
        begin += bytes;
        if (begin == end) {
            release();
        }
    }

    private boolean makeRoom(int bytes) {
        long needed = (long) lengthBytes() + bytes;
        if (needed <= capacity / 2) { // much was dropped: no more than that is moved
            RawMemory.copy(address(), address, lengthBytes());
            end -= begin;
            begin = 0;
            return true;
        }
        long wanted = Math.max(LEAST_BYTES, Long.highestOneBit(needed - 1) << 1);
        return wanted <= MOST_BYTES && memory.mayGrow(capacity, wanted) && moveTo((int) wanted);
    }

    private boolean moveTo(int newCapacity) {
        Buffer newBlock = null;
        Region newMapping = null;
        if (newCapacity <= MOST_BLOCK_BYTES) {
            newBlock = heap.allocate(newCapacity, 0);
        } else {
            newMapping = map(newCapacity);
        }
        if (newBlock == null && newMapping == null) {
            return false;
        }
        long newAddress = newBlock != null ? newBlock.address() : newMapping.address();
        int length = lengthBytes();
        if (length > 0) {
            RawMemory.copy(address(), newAddress, length);
        }
        release();
        block = newBlock;
        mapping = newMapping;
        address = newAddress;
        capacity = newCapacity;
        end = length;
        memory.use(capacity);
        return true;
    }

    private static Region map(int bytes) {
        try {
            return Region.mapSmall(bytes);
        } catch (OutOfMemoryRegionException e) {
            return null;
        }
    }

    void release() {
        if (block != null) {
            block.release();
        } else if (mapping != null) {
            mapping.close();
        }
        memory.use(-capacity);
        block = null;
        mapping = null;
        capacity = 0;
        begin = 0;
        end = 0;
    }
}
