package io.penstock.datapath.device.afxdp;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes eBPF instructions (Documentation/bpf/standardization/instruction-set.rst), with labels for forward jumps.
 *
 * <pre>
 *    0        1             2            4                 8
 *    +--------+-------------+------------+-----------------+
 *    | opcode | dst:4 src:4 | offset s16 | immediate s32   |      dst in the low half on little-endian machines
 *    +--------+-------------+------------+-----------------+
 * </pre>
 *
 * <p>Only what a packet filter needs is here. Registers are named as the instruction set does: r0 result, r1 to r5
 * arguments, r6 to r9 kept across calls.
 */
final class BpfAssembler {
    static final int R0 = 0;
    static final int R1 = 1;
    static final int R2 = 2;
    static final int R3 = 3;
    static final int R4 = 4;
    static final int R5 = 5;
    static final int R6 = 6;
    /** The end of the stack: 512 bytes below it are the program's. */
    static final int R10 = 10;

    /** Size codes of loads. */
    static final int BYTE = 0x10;

    static final int HALF = 0x08;
    static final int WORD = 0x00;

    private static final int CLASS_LD = 0x00;
    private static final int CLASS_LDX = 0x01;
    private static final int CLASS_ST = 0x02;
    private static final int CLASS_STX = 0x03;
    private static final int CLASS_JMP = 0x05;
    private static final int CLASS_JMP32 = 0x06;
    private static final int CLASS_ALU64 = 0x07;

    private static final int MODE_MEM = 0x60;
    private static final int MODE_IMM = 0x00;
    private static final int MODE_ATOMIC = 0xc0;
    private static final int SIZE_DOUBLE = 0x18;
    private static final int SOURCE_REGISTER = 0x08;

    private static final int ALU_ADD = 0x00;
    private static final int ALU_AND = 0x50;
    private static final int ALU_LEFT_SHIFT = 0x60;
    private static final int ALU_MOVE = 0xb0;

    private static final int JUMP_ALWAYS = 0x00;
    private static final int JUMP_EQUAL = 0x10;
    private static final int JUMP_GREATER = 0x20;
    private static final int JUMP_ANY_SET = 0x40;
    private static final int JUMP_NOT_EQUAL = 0x50;
    private static final int JUMP_CALL = 0x80;
    private static final int JUMP_EXIT = 0x90;
    private static final int JUMP_LESS = 0xa0;

    /** In the source field of a 16-byte load: the immediate is a map's descriptor. */
    private static final int PSEUDO_MAP_FD = 1;

    /** There, too: the address of the only value of a map, whose descriptor is the immediate. */
    private static final int PSEUDO_MAP_VALUE = 2;

    /** In the source field of a call: the immediate is the number of a function among the kernel's types. */
    private static final int PSEUDO_KERNEL_FUNCTION = 2;

    private final List<Long> instructions = new ArrayList<>();
    private final List<String> jumpTargets = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();

    /** Names the next instruction. */
    BpfAssembler label(String name) {
        if (labels.put(name, instructions.size()) != null) {
            throw new IllegalStateException("label '" + name + "' stands twice");
        }
        return this;
    }

    /** Loads {@code size} bytes from memory into {@code dst}; the rest of it becomes zero. */
    BpfAssembler load(int size, int dst, int src, int offset) {
        return emit(CLASS_LDX | MODE_MEM | size, dst, src, offset, 0);
    }

    BpfAssembler move(int dst, int src) {
        return emit(CLASS_ALU64 | ALU_MOVE | SOURCE_REGISTER, dst, src, 0, 0);
    }

    BpfAssembler set(int dst, int immediate) {
        return emit(CLASS_ALU64 | ALU_MOVE, dst, 0, 0, immediate);
    }

    BpfAssembler add(int dst, int immediate) {
        return emit(CLASS_ALU64 | ALU_ADD, dst, 0, 0, immediate);
    }

    BpfAssembler addRegister(int dst, int src) {
        return emit(CLASS_ALU64 | ALU_ADD | SOURCE_REGISTER, dst, src, 0, 0);
    }

    BpfAssembler and(int dst, int immediate) {
        return emit(CLASS_ALU64 | ALU_AND, dst, 0, 0, immediate);
    }

    BpfAssembler shiftLeft(int dst, int bits) {
        return emit(CLASS_ALU64 | ALU_LEFT_SHIFT, dst, 0, 0, bits);
    }

    /** Loads a reference to a map; the loader replaces the descriptor by the map's address. Two instructions long. */
    BpfAssembler loadMap(int dst, int mapFd) {
        emit(CLASS_LD | MODE_IMM | SIZE_DOUBLE, dst, PSEUDO_MAP_FD, 0, mapFd);
        return emit(0, 0, 0, 0, 0);
    }

    BpfAssembler jump(String target) {
        return jump(CLASS_JMP | JUMP_ALWAYS, 0, 0, 0, target);
    }

    /** Jumps if the low 32 bits are equal: a 64-bit comparison would extend the sign of the immediate. */
    BpfAssembler jumpIfEqual(int dst, int immediate, String target) {
        return jump(CLASS_JMP32 | JUMP_EQUAL, dst, 0, immediate, target);
    }

    BpfAssembler jumpIfNotEqual(int dst, int immediate, String target) {
        return jump(CLASS_JMP32 | JUMP_NOT_EQUAL, dst, 0, immediate, target);
    }

    /** Unsigned, on the low 32 bits. */
    BpfAssembler jumpIfLess(int dst, int immediate, String target) {
        return jump(CLASS_JMP32 | JUMP_LESS, dst, 0, immediate, target);
    }

    BpfAssembler jumpIfAnySet(int dst, int bits, String target) {
        return jump(CLASS_JMP32 | JUMP_ANY_SET, dst, 0, bits, target);
    }

    /** Unsigned, between two whole registers: the bounds check that the verifier looks for. */
    BpfAssembler jumpIfGreater(int dst, int src, String target) {
        return jump(CLASS_JMP | JUMP_GREATER | SOURCE_REGISTER, dst, src, 0, target);
    }

    /** Loads the address of {@code offset} within the value of a map that has one. Two instructions long. */
    BpfAssembler loadMapValue(int dst, int mapFd, int offset) {
        emit(CLASS_LD | MODE_IMM | SIZE_DOUBLE, dst, PSEUDO_MAP_VALUE, 0, mapFd);
        return emit(0, 0, 0, 0, offset);
    }

    /** Stores eight bytes. */
    BpfAssembler storeDouble(int dst, int offset, int immediate) {
        return emit(CLASS_ST | MODE_MEM | SIZE_DOUBLE, dst, 0, offset, immediate);
    }

    /** Adds {@code src} to the eight bytes at {@code dst}, at once for all processors. */
    BpfAssembler atomicAdd(int dst, int src) {
        return emit(CLASS_STX | MODE_ATOMIC | SIZE_DOUBLE, dst, src, 0, ALU_ADD);
    }

    /** Calls a helper by its number, with r1 to r5; the result is in r0. */
    BpfAssembler call(int helper) {
        return emit(CLASS_JMP | JUMP_CALL, 0, 0, 0, helper);
    }

    /** Calls a function of the kernel by its number among the kernel's types, with r1 to r5; the result is in r0. */
    BpfAssembler callKernel(int function) {
        return emit(CLASS_JMP | JUMP_CALL, 0, PSEUDO_KERNEL_FUNCTION, 0, function);
    }

    BpfAssembler exit() {
        return emit(CLASS_JMP | JUMP_EXIT, 0, 0, 0, 0);
    }

    /** The program, with every jump's distance filled in. */
    long[] assemble() {
        long[] program = new long[instructions.size()];
        for (int i = 0; i < program.length; i++) {
            program[i] = instructions.get(i);
            String target = jumpTargets.get(i);
            if (target != null) {
                Integer at = labels.get(target);
                if (at == null) {
                    throw new IllegalStateException("no label '" + target + "'");
                }
                int distance = at - i - 1;
                if (distance != (short) distance) {
                    throw new IllegalStateException("label '" + target + "' is too far away: " + distance);
                }
                program[i] |= (distance & 0xffffL) << 16;
            }
        }
        return program;
    }

    private BpfAssembler jump(int opcode, int dst, int src, int immediate, String target) {
        emit(opcode, dst, src, 0, immediate);
        jumpTargets.set(jumpTargets.size() - 1, target);
        return this;
    }

    private BpfAssembler emit(int opcode, int dst, int src, int offset, int immediate) {
        instructions.add(opcode | (dst << 8) | (src << 12) | ((offset & 0xffffL) << 16) | ((long) immediate << 32));
        jumpTargets.add(null);
        return this;
    }

    /** What a 16-bit load finds where the packet has {@code value} in network order. */
    static int networkShort(int value) {
        return littleEndian() ? Short.reverseBytes((short) value) & 0xffff : value;
    }

    /** What a 32-bit load finds where the packet has {@code value} in network order. */
    static int networkInt(int value) {
        return littleEndian() ? Integer.reverseBytes(value) : value;
    }

    private static boolean littleEndian() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }
}
