package io.penstock.system.server;

import io.penstock.testkit.Await;
import io.penstock.testkit.net.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Ordinary sockets of a namespace that echo against a server without a pause, until they are closed or it is gone. */
final class Load implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int SIZE_BYTES = 256;

    private final List<Socket> sockets;
    private final Thread thread;
    private final AtomicLong rounds = new AtomicLong();
    private volatile String failure = "";
    private volatile boolean closing;

    private Load(List<Socket> sockets) {
        this.sockets = sockets;
        this.thread = Thread.ofPlatform().daemon().name("load").start(this::run);
    }

    static Load start(NetworkNamespace client, String address, int port, int connections) {
        Load load = new Load(connect(client, address, port, connections));
        load.awaitRounds(50);
        return load;
    }

    /** Connected sockets of a namespace. */
    static List<Socket> connect(NetworkNamespace client, String address, int port, int count) {
        return client.call(() -> {
            List<Socket> connected = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Socket socket = new Socket();
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), PATIENCE_MILLIS);
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.setTcpNoDelay(true);
                connected.add(socket);
            }
            return connected;
        });
    }

    private void run() {
        byte[] message = new byte[SIZE_BYTES];
        try {
            while (!closing) {
                Arrays.fill(message, (byte) rounds.get());
                for (Socket socket : sockets) {
                    socket.getOutputStream().write(message);
                }
                for (Socket socket : sockets) {
                    if (!Arrays.equals(socket.getInputStream().readNBytes(SIZE_BYTES), message)) {
                        failure = "the echo differs, or the stream ended";
                        return;
                    }
                }
                rounds.incrementAndGet();
            }
        } catch (SocketTimeoutException _) {
            failure = "no echo for " + PATIENCE_MILLIS + " ms";
        } catch (SocketException e) {
            failure = closing ? "" : e.getMessage();
        } catch (IOException e) {
            failure = e.toString();
        }
    }

    /** Waits for so many more rounds; fails if the load has come to a stop. */
    void awaitRounds(long more) {
        long wanted = rounds.get() + more;
        Await.until("the load's round " + wanted, () -> {
            if (!failure.isEmpty()) {
                throw new AssertionError("the load stopped after " + rounds + " rounds: " + failure);
            }
            return rounds.get() >= wanted;
        });
    }

    @Override
    public void close() {
        closing = true;
        closeAll(sockets);
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    static void closeAll(List<Socket> sockets) {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException _) {
                // Closed by a reset before: closed it is.
            }
        }
    }
}
