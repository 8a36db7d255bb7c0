package io.penstock.linux.net;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The kernel's types (Documentation/bpf/btf.rst): BPF programs name the kernel's functions by their number in this list.
 *
 * <pre>
 *   header                      type                        what follows a type, by its kind
 *    0 u16 magic                 0 u32 name, an offset       INT, VAR, DECL_TAG: 4 bytes     ARRAY: 12 bytes
 *    4 u32 header's length       4 u32 kind in bits 24-28,   STRUCT, UNION, DATASEC, ENUM64: 12 bytes for each member
 *    8 u32 types, offset               members in bits 0-15  ENUM, FUNC_PROTO: 8 bytes for each member
 *   12 u32 types, length         8 u32 size or type          all others: nothing
 *   16 u32 names, offset        12
 *   20 u32 names, length
 * </pre>
 */
public final class KernelTypes {
    private static final Path VMLINUX = Path.of("/sys/kernel/btf/vmlinux");
    private static final short MAGIC = (short) 0xeb9f;
    private static final int HEADER_BYTES = 24;
    private static final int TYPE_BYTES = 12;
    private static final int KIND_FUNC = 12;

    private KernelTypes() {}

    /** The number of a function of this kernel; 0 if it has none of this name, or does not show its types. */
    public static int function(String name) {
        try {
            return function(Files.readAllBytes(VMLINUX), name);
        } catch (IOException _) {
            return 0;
        }
    }

    static int function(byte[] types, String name) {
        ByteBuffer all = ByteBuffer.wrap(types).order(ByteOrder.nativeOrder());
        if (types.length < HEADER_BYTES || all.getShort(0) != MAGIC) {
            return 0;
        }
        int header = all.getInt(4);
        int names = header + all.getInt(16);
        int wanted = find(types, names, names + all.getInt(20), name);
        int end = header + all.getInt(8) + all.getInt(12);
        int at = header + all.getInt(8);
        for (int id = 1; wanted > 0 && at + TYPE_BYTES <= end; id++) {
            int info = all.getInt(at + 4);
            int kind = info >>> 24 & 0x1f;
            if (kind == KIND_FUNC && all.getInt(at) == wanted) {
                return id;
            }
            at += TYPE_BYTES + followingBytes(kind, info & 0xffff);
        }
        return 0;
    }

    private static int followingBytes(int kind, int members) {
        return switch (kind) {
            case 1, 14, 17 -> 4;
            case 3 -> 12;
            case 4, 5, 15, 19 -> 12 * members;
            case 6, 13 -> 8 * members;
            default -> 0;
        };
    }

    /** Where a name stands, counted from the first of them; -1 if it is not there. */
    private static int find(byte[] bytes, int begin, int end, String name) {
        byte[] wanted = ("\0" + name + "\0").getBytes(StandardCharsets.UTF_8);
        for (int at = begin; at + wanted.length <= Math.min(end, bytes.length); at++) {
            int same = 0;
            while (same < wanted.length && bytes[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return at + 1 - begin;
            }
        }
        return -1;
    }
}
