package io.penstock.linux.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** Programs on kernel sockets are found by the port that they serve. */
class KernelPortsTest {
    private static final int LOOPBACK = 0x7f000001;
    private static final int OTHER = 0x7f000002;

    @Test
    void findsAListenerAtItsAddressAlone() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(KernelPorts.holder(LOOPBACK, server.getLocalPort())).isEqualTo("tcp");
            assertThat(KernelPorts.holder(OTHER, server.getLocalPort())).isNull();
        }
    }

    @Test
    void findsAListenerAtAnyAddress() throws IOException {
        try (ServerSocket server = new ServerSocket(0)) {
            assertThat(KernelPorts.holder(OTHER, server.getLocalPort())).isEqualTo("tcp");
        }
    }

    @Test
    void findsADatagramSocketUntilItIsClosed() throws IOException {
        int port;
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            port = socket.getLocalPort();
            assertThat(KernelPorts.holder(LOOPBACK, port)).isEqualTo("udp");
        }
        assertThat(KernelPorts.holder(LOOPBACK, port)).isNull();
    }
}
