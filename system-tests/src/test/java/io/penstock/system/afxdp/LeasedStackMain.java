package io.penstock.system.afxdp;

import io.penstock.datapath.device.PortLease;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.UnixSocket;
import io.penstock.testkit.traffic.Echo;
import java.io.IOException;
import java.nio.file.Path;

/** A stack with an echo server in a process that opens nothing itself: SOCKET DEVICE ADDRESS. */
public final class LeasedStackMain {
    private static final long TIMEOUT_NANOS = 20_000_000_000L;
    private static volatile boolean ended;

    private LeasedStackMain() {}

    /** How both halves have the stack. */
    static StackConfig config(String device, String address) {
        return StackConfig.builder()
                .device(device)
                .address(address)
                .frames(4096)
                .heapBytes(1 << 20)
                .build();
    }

    /** Prints what it is to the kernel, then a line that begins with {@code ready}; ends when its standard input does. */
    public static void main(String[] arguments) throws IOException {
        LeasedEchoMain.printStatus();
        int socket = UnixSocket.connect(Path.of(arguments[0]), TIMEOUT_NANOS);
        PortLease lease = PortLease.receive(socket, TIMEOUT_NANOS);
        FileDescriptors.close(socket);
        Thread.ofPlatform().daemon().start(LeasedStackMain::awaitEnd);
        try (Stack stack = Stack.open(config(arguments[1], arguments[2]), lease)) {
            Echo echo = new Echo(stack, Wires.ECHO_PORT);
            System.out.println("ready " + stack.device());
            while (!ended) {
                if (!echo.turn()) {
                    Thread.onSpinWait();
                }
            }
            echo.abortAll();
            System.out.println("accepted "
                    + stack.counters().counter("tcp.connections.accepted").get());
        }
        System.out.println("closed");
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            System.err.println(e);
        }
        ended = true;
    }
}
