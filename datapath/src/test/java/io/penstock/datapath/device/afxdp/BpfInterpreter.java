package io.penstock.datapath.device.afxdp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Runs an assembled program over a packet: the instructions that {@link BpfAssembler} writes, and as strict about memory
 * as the kernel's verifier. Written from the instruction set's document, not from the assembler.
 *
 * <p>Pointers are numbers far apart: the context, the packet and its end, the map.
 */
final class BpfInterpreter {
    static final int REDIRECTED = 1000;
    private static final long CONTEXT = 0x1_0000_0000L;
    private static final long PACKET = 0x10_0000L;
    private static final long MAP = 0x7777_0000_0000L;
    private static final long COUNTERS = 0x6666_0000_0000L;
    private static final long STACK = 0x2_0000_0000L;
    private static final int MAX_STEPS = 10_000;

    private final long[] program;
    private final ByteBuffer packet;
    private final int rxQueue;
    private final int mapFd;
    private final long[] r = new long[11];
    private final long[] counters = new long[2];
    private int countersFd;
    private int tagFunction;
    private boolean tagged;
    private boolean noSocket;
    private int steps;

    BpfInterpreter(long[] program, byte[] packet, int rxQueue, int mapFd) {
        this.program = program;
        this.packet = ByteBuffer.wrap(packet).order(ByteOrder.nativeOrder());
        this.rxQueue = rxQueue;
        this.mapFd = mapFd;
    }

    /** The map of counters, and the function that tells of tags. */
    BpfInterpreter withKernel(SteeringProgram.Kernel kernel) {
        countersFd = kernel.countersFd();
        tagFunction = kernel.tagFunction();
        return this;
    }

    /** A tag travels beside the packet. */
    BpfInterpreter tagged() {
        tagged = true;
        return this;
    }

    /** The queue has no socket. */
    BpfInterpreter withoutSocket() {
        noSocket = true;
        return this;
    }

    /** What the program has counted there. */
    long counter(int offset) {
        return counters[offset / Long.BYTES];
    }

    /** The verdict; REDIRECTED plus the queue if the packet was redirected to a socket. */
    int run() {
        r[1] = CONTEXT;
        r[10] = STACK;
        int pc = 0;
        while (true) {
            if (++steps > MAX_STEPS) {
                throw new IllegalStateException("does not end");
            }
            long instruction = program[pc++];
            int opcode = (int) instruction & 0xff;
            int dst = (int) (instruction >>> 8) & 0xf;
            int src = (int) (instruction >>> 12) & 0xf;
            int offset = (short) (instruction >>> 16);
            int immediate = (int) (instruction >>> 32);
            boolean register = (opcode & 0x08) != 0;
            switch (opcode & 0x07) {
                case 0x00 -> { // LD: only the 16-byte load of a map, or of the address of a value
                    require(opcode == 0x18, "load of a map");
                    long second = program[pc++];
                    if (src == 2) {
                        require(immediate == countersFd && countersFd != 0, "load of a value");
                        r[dst] = COUNTERS + (second >>> 32);
                    } else {
                        require(src == 1 && immediate == mapFd && second == 0, "load of a map");
                        r[dst] = MAP;
                    }
                }
                case 0x02 -> require(opcode == 0x7a && r[dst] + offset == STACK - 8, "a store of eight bytes");
                case 0x03 -> { // STX: only the addition
                    require(opcode == 0xdb && immediate == 0 && offset == 0, "atomic addition");
                    counters[(int) (r[dst] - COUNTERS) / Long.BYTES] += r[src];
                }
                case 0x01 -> r[dst] = load(opcode & 0x18, r[src] + offset); // LDX
                case 0x07 -> r[dst] = alu(opcode & 0xf0, r[dst], register ? r[src] : immediate); // ALU64
                case 0x05, 0x06 -> { // JMP, JMP32
                    int operation = opcode & 0xf0;
                    if (operation == 0x90) {
                        return (int) r[0];
                    }
                    if (operation == 0x80 && src == 2) {
                        callKernel(immediate);
                    } else if (operation == 0x80) {
                        call(immediate);
                    } else {
                        boolean narrow = (opcode & 0x07) == 0x06;
                        long left = narrow ? r[dst] & 0xffffffffL : r[dst];
                        long right = register ? r[src] : immediate;
                        if (jumps(operation, left, narrow ? right & 0xffffffffL : right)) {
                            pc += offset;
                        }
                    }
                }
                default -> throw new IllegalStateException("instruction class " + (opcode & 0x07));
            }
        }
    }

    int steps() {
        return steps;
    }

    private long load(int size, long address) {
        if (address >= CONTEXT && address < CONTEXT + 24) {
            require(size == 0x00, "the context is read in words");
            return switch ((int) (address - CONTEXT)) {
                case 0 -> PACKET;
                case 4 -> PACKET + packet.limit();
                case 16 -> rxQueue;
                default -> throw new IllegalStateException("context field " + (address - CONTEXT));
            };
        }
        int bytes = switch (size) {
            case 0x00 -> 4;
            case 0x08 -> 2;
            case 0x10 -> 1;
            default -> throw new IllegalStateException("size " + size);
        };
        long at = address - PACKET;
        require(at >= 0 && at + bytes <= packet.limit(), "read beyond the packet: " + at + "+" + bytes);
        return switch (bytes) {
            case 4 -> packet.getInt((int) at) & 0xffffffffL;
            case 2 -> packet.getShort((int) at) & 0xffffL;
            default -> packet.get((int) at) & 0xffL;
        };
    }

    private static long alu(int operation, long left, long right) {
        return switch (operation) {
            case 0x00 -> left + right;
            case 0x50 -> left & right;
            case 0x60 -> left << right;
            case 0xb0 -> right;
            default -> throw new IllegalStateException("arithmetic " + operation);
        };
    }

    private static boolean jumps(int operation, long left, long right) {
        return switch (operation) {
            case 0x00 -> true;
            case 0x10 -> left == right;
            case 0x20 -> Long.compareUnsigned(left, right) > 0;
            case 0x40 -> (left & right) != 0;
            case 0x50 -> left != right;
            case 0xa0 -> Long.compareUnsigned(left, right) < 0;
            default -> throw new IllegalStateException("jump " + operation);
        };
    }

    private void call(int helper) {
        require(helper == 51, "bpf_redirect_map is number 51, not " + helper);
        require(r[1] == MAP, "the first argument is the map");
        require(r[3] == 2, "a queue without a socket must pass to the kernel");
        r[0] = noSocket ? r[3] : REDIRECTED + r[2];
        r[1] = r[2] = r[3] = r[4] = r[5] = 0xdeadL; // a call leaves nothing in them
    }

    private void callKernel(int function) {
        require(function == tagFunction && tagFunction != 0, "a function of the kernel");
        require(r[1] == CONTEXT && r[2] == STACK - 8 && r[3] == STACK - 6, "its arguments");
        r[0] = tagged ? 0 : -61; // ENODATA
        r[1] = r[2] = r[3] = r[4] = r[5] = 0xdeadL;
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }
}
