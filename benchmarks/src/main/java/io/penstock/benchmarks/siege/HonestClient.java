package io.penstock.benchmarks.siege;

import io.penstock.benchmarks.load.LoadException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A client over kernel sockets that sends a message, waits for its echo, and so on, and notes how long it had to wait.
 * Answers are compared.
 */
final class HonestClient implements AutoCloseable {
    /** What one stretch of time showed. */
    record Seen(long answers, long longestGapNanos, long elapsedNanos) {
        double answersPerSecond() {
            return answers * 1e9 / elapsedNanos;
        }

        double longestGapMillis() {
            return longestGapNanos / 1e6;
        }
    }

    private final SocketChannel channel;
    private final ByteBuffer message;
    private final ByteBuffer answer;

    private HonestClient(SocketChannel channel, int messageBytes) {
        this.channel = channel;
        this.message = ByteBuffer.allocateDirect(messageBytes);
        this.answer = ByteBuffer.allocateDirect(messageBytes);
        for (int i = 0; i < messageBytes; i++) {
            message.put((byte) (i * 31));
        }
        message.flip();
    }

    static HonestClient connect(Target server, int messageBytes) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.socket().connect(server.socketAddress(), 5_000);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new HonestClient(channel, messageBytes);
    }

    /** Exchanges messages for so long. */
    Seen run(long durationNanos) throws IOException {
        long start = System.nanoTime();
        long last = start;
        long longest = 0;
        long answers = 0;
        do {
            exchange();
            answers++;
            long now = System.nanoTime();
            longest = Math.max(longest, now - last);
            last = now;
        } while (last - start < durationNanos);
        return new Seen(answers, longest, last - start);
    }

    private void exchange() throws IOException {
        message.rewind();
        answer.clear();
        while (message.hasRemaining()) {
            channel.write(message);
        }
        while (answer.hasRemaining()) {
            if (channel.read(answer) < 0) {
                throw new LoadException("the server ended an honest connection");
            }
        }
        message.rewind();
        answer.flip();
        if (!answer.equals(message)) {
            throw new LoadException("an answer is not the message");
        }
    }

    /**
     * A client that comes, says one thing and goes. Returns how long that took, or -1 if it was not served in time.
     *
     * @param source from which local address, or null for any
     */
    static long visit(Target server, String source, long timeoutNanos) {
        long start = System.nanoTime();
        int millis = (int) TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
        try (java.net.Socket socket = new java.net.Socket()) {
            if (source != null) {
                socket.bind(new InetSocketAddress(source, 0));
            }
            socket.connect(server.socketAddress(), millis);
            socket.setSoTimeout((int) Math.max(1, millis - (System.nanoTime() - start) / 1_000_000));
            byte[] hello = {'h', 'e', 'l', 'l', 'o'};
            socket.getOutputStream().write(hello);
            byte[] back = socket.getInputStream().readNBytes(hello.length);
            long took = System.nanoTime() - start;
            return java.util.Arrays.equals(hello, back) && took <= timeoutNanos ? took : -1;
        } catch (IOException _) {
            return -1;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
