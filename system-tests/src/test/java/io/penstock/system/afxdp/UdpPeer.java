package io.penstock.system.afxdp;

import io.penstock.linux.proc.Namespace;
import io.penstock.testkit.net.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;

/** An ordinary UDP socket of the kernel, in a namespace. */
public final class UdpPeer implements AutoCloseable {
    private static final int TRY_MILLIS = 100;

    private final DatagramSocket socket;

    private UdpPeer(DatagramSocket socket) {
        this.socket = socket;
    }

    public static UdpPeer in(NetworkNamespace namespace) {
        return bound(namespace, null);
    }

    /** In the namespace that a file stands for. */
    public static UdpPeer in(String namespaceFile) {
        return bound(namespaceFile, null);
    }

    /** Bound to an address; null lets the kernel choose. */
    public static UdpPeer bound(NetworkNamespace namespace, InetSocketAddress local) {
        return bound("/run/netns/" + namespace.name(), local);
    }

    private static UdpPeer bound(String namespaceFile, InetSocketAddress local) {
        return Namespace.call(namespaceFile, () -> {
            DatagramSocket socket = DatagramChannel.open(StandardProtocolFamily.INET)
                    .bind(local)
                    .socket();
            socket.setSoTimeout(TRY_MILLIS);
            return new UdpPeer(socket);
        });
    }

    /** Whether a datagram comes back, byte for byte; tries {@code tries} times for a tenth of a second each. */
    public boolean echoes(String address, int port, byte[] payload, int tries) {
        try {
            InetSocketAddress target = new InetSocketAddress(InetAddress.ofLiteral(address), port);
            for (int i = 0; i < tries; i++) {
                socket.send(new DatagramPacket(payload, payload.length, target));
                byte[] answer = receive();
                while (answer != null) {
                    if (Arrays.equals(answer, payload)) {
                        return true;
                    }
                    answer = receive();
                }
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next datagram's payload, or null if none comes within a tenth of a second. */
    private byte[] receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
        try {
            socket.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        } catch (SocketTimeoutException _) {
            return null;
        } catch (java.net.PortUnreachableException _) {
            return null;
        }
    }

    /** Sends without waiting for an answer. */
    public void send(String address, int port, byte[] payload) {
        try {
            socket.send(new DatagramPacket(
                    payload, payload.length, new InetSocketAddress(InetAddress.ofLiteral(address), port)));
        } catch (IOException _) {
            // The interface may be down or gone: then nothing is sent.
        }
    }

    /** Sends back what comes, until it is closed. */
    void echo() {
        Thread.ofPlatform().daemon().name("kernel-echo").start(() -> {
            while (!socket.isClosed()) {
                DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                try {
                    socket.receive(packet);
                    socket.send(packet);
                } catch (IOException _) {
                    // A time-out; or closed, which ends the loop.
                }
            }
        });
    }

    @Override
    public void close() {
        socket.close();
    }
}
