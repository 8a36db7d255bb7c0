package io.penstock.system.afxdp;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.call.LibraryCall;
import io.penstock.linux.proc.CpuAffinity;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A client, or an echo server to compare with, on the kernel's UDP sockets, spinning: {@code client ADDRESS PORT CORE
 * COUNT ROUNDS} or {@code server ADDRESS PORT CORE}. One datagram of 64 bytes is under way at a time.
 */
public final class KernelUdpClient {
    private static final LibraryCall SOCKET = LibraryCall.ofInt("socket", 3);
    private static final LibraryCall BIND = LibraryCall.ofInt("bind", 3);
    private static final LibraryCall CONNECT = LibraryCall.ofInt("connect", 3);
    private static final LibraryCall SENDTO = LibraryCall.ofLong("sendto", 6);
    private static final LibraryCall RECVFROM = LibraryCall.ofLong("recvfrom", 6);
    private static final long MSG_DONTWAIT = 0x40;
    private static final long LOST_NANOS = 100_000_000;

    private KernelUdpClient() {}

    /** See the class. */
    public static void main(String[] arguments) {
        BitSet one = new BitSet();
        one.set(Integer.parseInt(arguments[3]));
        int pinned = CpuAffinity.set(one);
        if (pinned != 0) {
            throw new IllegalStateException("no core " + arguments[3]);
        }
        int fd = (int) SOCKET.call(2L, 2L, 0L);
        long address = Arena.global().allocate(16, 8).address();
        long length = Arena.global().allocate(8, 8).address();
        RawMemory.putShort(address, (short) 2);
        RawMemory.putShortBe(address + 2, Integer.parseInt(arguments[2]));
        RawMemory.putIntBe(address + 4, RawUdpEchoMain.parseAddress(arguments[1]));
        long buffer = Arena.global().allocate(2048, 64).address();
        if (arguments[0].equals("server")) {
            int bound = (int) BIND.call(fd, address, 16L);
            System.out.println("ready " + bound);
            while (true) {
                RawMemory.putInt(length, 16);
                long n = RECVFROM.call(fd, buffer, 2048L, MSG_DONTWAIT, address, length);
                if (n > 0) {
                    long _ = SENDTO.call(fd, buffer, n, 0L, address, 16L);
                }
            }
        }
        int connected = (int) CONNECT.call(fd, address, 16L);
        if (connected != 0) {
            throw new IllegalStateException("connect: " + -connected);
        }
        int count = Integer.parseInt(arguments[4]);
        for (int round = 0; round < Integer.parseInt(arguments[5]); round++) {
            System.out.println(round(fd, buffer, count));
        }
        FileDescriptors.close(fd);
    }

    private static String round(int fd, long buffer, int count) {
        long[] nanos = new long[count];
        int lost = 0;
        for (int i = 0; i < count; i++) {
            RawMemory.putInt(buffer, i);
            long start = System.nanoTime();
            long sent = SENDTO.call(fd, buffer, 64L, 0L, 0L, 0L);
            if (sent != 64) {
                throw new IllegalStateException("send: " + -sent);
            }
            while (true) {
                long n = RECVFROM.call(fd, buffer, 2048L, MSG_DONTWAIT, 0L, 0L);
                long now = System.nanoTime();
                if (n == 64 && RawMemory.getInt(buffer) == i) {
                    nanos[i] = now - start;
                    break;
                }
                if (now - start > LOST_NANOS) {
                    nanos[i] = now - start;
                    lost++;
                    break;
                }
            }
        }
        Arrays.sort(nanos);
        return "p50 " + nanos[count / 2] + " p90 " + nanos[count * 9 / 10] + " p99 " + nanos[count * 99 / 100]
                + " p99.9 " + nanos[count * 999 / 1000] + " lost " + lost;
    }
}
