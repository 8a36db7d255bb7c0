package io.penstock.benchmarks.kernel;

import io.penstock.datapath.Endpoint;
import io.penstock.linux.net.SocketAddress4;
import io.penstock.linux.net.Sockets;
import java.lang.foreign.Arena;

/** UDP echo on a kernel socket by direct system calls, one thread: recvfrom and sendto, spinning or blocking. */
public final class KernelUdpServer implements EchoPeer {
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;

    private final boolean spin;
    private final int fd;
    private final long buffer = Arena.global().allocate(BUFFER_BYTES, 64).address();
    private final long senderLength = Arena.global().allocate(8, 8).address();
    private final SocketAddress4 sender = new SocketAddress4();
    private volatile boolean running = true;

    /** Binds. Port 0 lets the kernel choose. */
    public KernelUdpServer(Endpoint local, boolean spin) {
        this.spin = spin;
        fd = Sockets.open(Sockets.SOCK_DGRAM);
        Sockets.setBuffers(fd, SOCKET_BUFFER_BYTES);
        Sockets.bind(fd, SocketAddress4.of(local.ipv4(), local.port()));
    }

    @Override
    public String describe() {
        return "udp " + Sockets.localPort(fd) + (spin ? " spinning" : " blocking");
    }

    @Override
    public void serve() {
        int flags = spin ? Sockets.MSG_DONTWAIT : 0;
        while (running) {
            int count = Sockets.receiveFrom(fd, buffer, BUFFER_BYTES, flags, sender, senderLength);
            if (count >= 0) {
                Sockets.sendTo(fd, buffer, count, 0, sender);
            }
        }
    }

    @Override
    public void stop() {
        running = false;
    }
}
