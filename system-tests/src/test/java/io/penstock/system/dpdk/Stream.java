package io.penstock.system.dpdk;

import io.penstock.system.afxdp.Wires;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;

/** A stream through an echo server, by a socket of the kernel. */
final class Stream {
    private static final int PATIENCE_MILLIS = 20_000;

    private Stream() {}

    /** Sends everything, and returns what came back, which is shorter if the server closed. */
    static byte[] echoed(String address, byte[] bytes) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(address, Wires.ECHO_PORT), PATIENCE_MILLIS);
            Thread writer = new Thread(() -> write(socket, bytes), "stream-writer");
            writer.setDaemon(true);
            writer.start();
            InputStream in = socket.getInputStream();
            byte[] back = new byte[bytes.length];
            int length = in.readNBytes(back, 0, back.length);
            return Arrays.copyOf(back, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        } catch (IOException _) {
            // then less comes back, which the reader says
        }
    }
}
