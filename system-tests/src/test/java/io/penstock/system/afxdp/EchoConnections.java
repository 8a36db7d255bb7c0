package io.penstock.system.afxdp;

import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/** A kernel's TCP connections to an echo server. */
public final class EchoConnections implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int SIZE_BYTES = 3000;

    private final NetworkNamespace client;
    private final Random random = new Random(1);
    private final List<Socket> sockets = new ArrayList<>();

    public EchoConnections(NetworkNamespace client) {
        this.client = client;
    }

    /** Opens so many more, each of which must succeed. */
    public void open(int count) {
        client.enter(() -> {
            for (int i = 0; i < count; i++) {
                if (!openOne(PATIENCE_MILLIS)) {
                    throw new AssertionError("connection " + i + " was not answered");
                }
            }
        });
    }

    /** Tries to open so many more, for a short time each. Returns how many were answered. */
    public int tryToOpen(int count, int patienceMillis) {
        return client.call(() -> {
            int answered = 0;
            for (int i = 0; i < count; i++) {
                answered += openOne(patienceMillis) ? 1 : 0;
            }
            return answered;
        });
    }

    private boolean openOne(int patienceMillis) {
        Socket socket = new Socket();
        try {
            socket.connect(
                    new InetSocketAddress(InetAddress.ofLiteral(VethWire.PENSTOCK_ADDRESS), Wires.ECHO_PORT),
                    patienceMillis);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setTcpNoDelay(true);
            sockets.add(socket);
            return true;
        } catch (IOException _) {
            closeQuietly(socket);
            return false;
        }
    }

    /** Has each connection echo; those that were reset are closed. Returns how many echoed. */
    public int echo() {
        List<byte[]> messages = new ArrayList<>();
        for (Iterator<Socket> all = sockets.iterator(); all.hasNext(); ) {
            Socket socket = all.next();
            byte[] message = new byte[SIZE_BYTES];
            random.nextBytes(message);
            try {
                socket.getOutputStream().write(message);
                messages.add(message);
            } catch (IOException _) {
                closeQuietly(socket);
                all.remove();
            }
        }
        int at = 0;
        for (Iterator<Socket> all = sockets.iterator(); all.hasNext(); at++) {
            Socket socket = all.next();
            byte[] came;
            try {
                came = socket.getInputStream().readNBytes(SIZE_BYTES);
            } catch (IOException _) {
                closeQuietly(socket);
                all.remove();
                continue;
            }
            if (!Arrays.equals(came, messages.get(at))) {
                throw new AssertionError("connection " + at + " echoes " + came.length + " other bytes");
            }
        }
        return sockets.size();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // closed it is
        }
    }

    @Override
    public void close() {
        sockets.forEach(EchoConnections::closeQuietly);
        sockets.clear();
    }
}
