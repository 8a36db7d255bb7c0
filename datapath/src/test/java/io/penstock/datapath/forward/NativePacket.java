package io.penstock.datapath.forward;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/** Bytes off the heap, as an edit finds them, with guards behind. */
final class NativePacket implements AutoCloseable {
    private static final int GUARD_BYTES = 32;
    private static final byte GUARD = (byte) 0xa5;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory;
    private final int lengthBytes;

    /** @param hex pairs of digits, with spaces wherever they help */
    NativePacket(String hex) {
        byte[] bytes = bytes(hex);
        lengthBytes = bytes.length;
        memory = arena.allocate(lengthBytes + GUARD_BYTES, 8);
        memory.fill(GUARD);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, lengthBytes);
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
    }

    long address() {
        return memory.address();
    }

    int lengthBytes() {
        return lengthBytes;
    }

    byte[] toBytes() {
        return memory.asSlice(0, lengthBytes).toArray(ValueLayout.JAVA_BYTE);
    }

    boolean guardIsWhole() {
        for (int i = 0; i < GUARD_BYTES; i++) {
            if (memory.get(ValueLayout.JAVA_BYTE, lengthBytes + i) != GUARD) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        arena.close();
    }
}
