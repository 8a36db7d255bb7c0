package io.penstock.system.kv;

import io.penstock.testkit.net.NetworkNamespace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A plain TCP socket of the kernel that says bytes and collects what comes back. */
final class RespClient implements AutoCloseable {
    private static final int PORT = 6379;
    private static final int SILENCE_MILLIS = 30_000;

    /** What is asked last, so that its answer tells where the answers end. */
    private static final byte[] LAST_QUESTION = Dialogue.request("ECHO", "<<the last>>");

    private static final byte[] LAST_ANSWER = Dialogue.latin1("$12\r\n<<the last>>\r\n");

    private final SocketChannel channel;

    private RespClient(SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * All that was answered.
     *
     * @param bytes as Latin-1 text
     * @param closed whether the server then closed
     */
    record Answer(String bytes, boolean closed) {
        @Override
        public String toString() {
            String shown = bytes.length() > 1000 ? bytes.substring(0, 1000) + "... " + bytes.length() : bytes;
            return shown.replace("\r\n", "\\r\\n") + (closed ? " (closed)" : "");
        }
    }

    static RespClient connect(NetworkNamespace namespace, String address) {
        SocketChannel channel = namespace.call(() -> SocketChannel.open(StandardProtocolFamily.INET));
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket().connect(new InetSocketAddress(InetAddress.ofLiteral(address), PORT), SILENCE_MILLIS);
            channel.socket().setSoTimeout(SILENCE_MILLIS);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot connect to " + address, e);
        }
        return new RespClient(channel);
    }

    /** Says something, each piece in a write of its own, and returns all that is answered to it. */
    Answer ask(byte[]... pieces) {
        Thread writer = Thread.ofPlatform().daemon().name("resp-writer").start(() -> {
            say(pieces);
            say(LAST_QUESTION);
        });
        Answer answer = read();
        try {
            writer.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }

    /** The answer to one command. */
    String command(String... words) {
        return ask(Dialogue.request(words)).bytes();
    }

    /** Says something that is no question, or one that nobody waits for; returns false once the server has closed. */
    boolean say(byte[]... pieces) {
        try {
            for (byte[] piece : pieces) {
                ByteBuffer buffer = ByteBuffer.wrap(piece);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
            return true;
        } catch (IOException _) {
            return false; // what it answered before that is still to be read
        }
    }

    /** Reads up to the last answer or the end. */
    Answer read() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[1 << 16];
        byte[] end = new byte[0];
        try {
            InputStream in = channel.socket().getInputStream();
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                all.write(some, 0, n);
                end = lastOf(end, some, n);
                if (Arrays.equals(end, LAST_ANSWER)) {
                    String text = all.toString(StandardCharsets.ISO_8859_1);
                    return new Answer(text.substring(0, text.length() - end.length), false);
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError(
                    "no end of the answers: " + new Answer(all.toString(StandardCharsets.ISO_8859_1), false), e);
        } catch (IOException _) {
            // A reset ends it, too.
        }
        return new Answer(all.toString(StandardCharsets.ISO_8859_1), true);
    }

    private static byte[] lastOf(byte[] before, byte[] more, int n) {
        byte[] both = Arrays.copyOf(before, before.length + n);
        System.arraycopy(more, 0, both, before.length, n);
        return Arrays.copyOfRange(both, Math.max(0, both.length - LAST_ANSWER.length), both.length);
    }

    /** Many commands, each for a number of its own, in one write. */
    static byte[] many(int count, java.util.function.IntFunction<byte[]> each) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            all.writeBytes(each.apply(i));
        }
        return all.toByteArray();
    }

    static byte[] joined(List<byte[]> pieces) {
        return many(pieces.size(), pieces::get);
    }

    /** A closed socket with answers unread resets the connection. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
