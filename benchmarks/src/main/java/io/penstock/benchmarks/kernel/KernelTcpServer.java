package io.penstock.benchmarks.kernel;

import io.penstock.datapath.Endpoint;
import io.penstock.linux.Epoll;
import io.penstock.linux.Errno;
import io.penstock.linux.net.SocketAddress4;
import io.penstock.linux.net.Sockets;
import java.lang.foreign.Arena;

/**
 * TCP echo on kernel sockets by direct system calls, one thread.
 *
 * <p>Spinning, it never sleeps: with one connection it calls recv until something comes, which is the least that a
 * kernel-socket server can do; with more it asks epoll without waiting. Blocking, it sleeps in epoll_wait, as ordinary
 * servers do.
 */
public final class KernelTcpServer implements EchoPeer {
    private static final int EVENTS = 256;
    private static final int BACKLOG = 4096;
    /** While spinning on one connection, look for a second one this seldom: accept would cost a system call each time. */
    private static final int RECEIVES_PER_ACCEPT = 1024;

    private static final int SOCK_NONBLOCK = 0x800;

    private final boolean spin;
    private final int listener;
    private final Epoll epoll;
    private final long buffer = Arena.global().allocate(BUFFER_BYTES, 64).address();
    private final PendingEchoes pending;
    private volatile boolean running = true;
    private int connections;
    private int lastAccepted = -1;

    /** Binds and listens. Port 0 lets the kernel choose. */
    public KernelTcpServer(Endpoint local, boolean spin) {
        this.spin = spin;
        listener = Sockets.open(Sockets.SOCK_STREAM | SOCK_NONBLOCK);
        Sockets.bind(listener, SocketAddress4.of(local.ipv4(), local.port()));
        Sockets.listen(listener, BACKLOG);
        epoll = new Epoll(EVENTS);
        epoll.add(listener, Epoll.IN);
        pending = new PendingEchoes(epoll);
    }

    @Override
    public String describe() {
        return "tcp " + Sockets.localPort(listener) + (spin ? " spinning" : " blocking");
    }

    @Override
    public void serve() {
        while (running) {
            if (spin && connections == 1 && pending.isEmpty() && lastAccepted >= 0) {
                spinOnOne(lastAccepted);
            }
            turn(spin ? 0 : -1);
        }
    }

    @Override
    public void stop() {
        running = false;
    }

    private void spinOnOne(int fd) {
        int untilAccept = RECEIVES_PER_ACCEPT;
        while (running && connections == 1 && pending.isEmpty()) {
            boolean more = echo(fd);
            if (!more && --untilAccept == 0) {
                untilAccept = RECEIVES_PER_ACCEPT;
                acceptAll();
            }
        }
    }

    private void turn(int timeoutMillis) {
        int count = epoll.await(timeoutMillis);
        for (int i = 0; i < count; i++) {
            int fd = epoll.descriptor(i);
            if (fd == listener) {
                acceptAll();
            } else if (pending.has(fd)) {
                if (pending.sendMore(fd) == PendingEchoes.BROKEN) {
                    drop(fd);
                }
            } else {
                echo(fd);
            }
        }
    }

    private void acceptAll() {
        int fd = Sockets.accept(listener, SOCK_NONBLOCK);
        while (fd >= 0) {
            Sockets.setNoDelay(fd);
            epoll.add(fd, Epoll.IN);
            connections++;
            lastAccepted = fd;
            fd = Sockets.accept(listener, SOCK_NONBLOCK);
        }
    }

    /** Echoes what is there. Returns whether there was something. */
    private boolean echo(int fd) {
        int count = Sockets.receive(fd, buffer, BUFFER_BYTES, Sockets.MSG_DONTWAIT);
        if (count == -Errno.EAGAIN || count == -Errno.EINTR) {
            return false;
        }
        if (count <= 0) {
            drop(fd);
            return true;
        }
        int sent = Sockets.send(fd, buffer, count, Sockets.MSG_DONTWAIT);
        if (sent == count) {
            return true;
        }
        if (sent < 0 && sent != -Errno.EAGAIN) {
            drop(fd);
        } else {
            pending.keep(fd, buffer + Math.max(sent, 0), count - Math.max(sent, 0));
        }
        return true;
    }

    private void drop(int fd) {
        pending.forget(fd);
        Sockets.close(fd);
        connections--;
        // Which of the others is left is not known here: epoll tells, until the next connection comes.
        lastAccepted = -1;
    }
}
