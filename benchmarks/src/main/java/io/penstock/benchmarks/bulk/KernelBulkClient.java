package io.penstock.benchmarks.bulk;

import io.penstock.benchmarks.load.LoadException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends through an echo server over kernel sockets, as fast as they take it, on many connections at once: an ordinary
 * client with ordinary NIO that reads and writes whenever it can.
 */
public final class KernelBulkClient {
    private static final int CHUNK_BYTES = 16 * 1024;
    private static final long STALL_MILLIS = 20_000;

    private final Selector selector;
    private final List<HashedStream> streams = new ArrayList<>();
    private final byte[] scratch = new byte[CHUNK_BYTES];
    private final ByteBuffer input = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private int open;

    private KernelBulkClient(Selector selector) {
        this.selector = selector;
    }

    /** Sends {@code totalBytes} over so many connections, all of them open before the first byte goes. */
    public static BulkResult run(InetSocketAddress server, int connections, long totalBytes, long seed)
            throws IOException {
        try (Selector selector = Selector.open()) {
            return new KernelBulkClient(selector).transfer(server, connections, totalBytes, seed);
        }
    }

    private BulkResult transfer(InetSocketAddress server, int connections, long totalBytes, long seed)
            throws IOException {
        long start = System.nanoTime();
        long share = totalBytes / connections;
        for (int i = 0; i < connections; i++) {
            long length = i == 0 ? totalBytes - share * (connections - 1) : share;
            connect(server, new HashedStream(seed + i, length));
        }
        open = connections;
        while (open > 0) {
            if (selector.select(STALL_MILLIS) == 0) {
                throw new LoadException("nothing moved for " + TimeUnit.MILLISECONDS.toSeconds(STALL_MILLIS)
                        + " s, with " + open + " of " + connections + " connections still open");
            }
            for (SelectionKey key : selector.selectedKeys()) {
                move(key);
            }
            selector.selectedKeys().clear();
        }
        return BulkResult.of(streams, totalBytes, System.nanoTime() - start);
    }

    private void connect(InetSocketAddress server, HashedStream stream) throws IOException {
        SocketChannel channel = SocketChannel.open(server);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        streams.add(stream);
        channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE, new Transfer(stream));
    }

    /** A stream and those of its bytes that the socket has not taken yet. */
    private record Transfer(HashedStream stream, ByteBuffer output) {
        Transfer(HashedStream stream) {
            this(stream, ByteBuffer.allocateDirect(CHUNK_BYTES).limit(0));
        }
    }

    private void move(SelectionKey key) throws IOException {
        Transfer transfer = (Transfer) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        if (key.isReadable() && !read(channel, transfer)) {
            channel.close();
            open--;
            return;
        }
        if (key.isWritable()) {
            write(key, channel, transfer);
        }
    }

    /** Returns false at the end of the stream. */
    private boolean read(SocketChannel channel, Transfer transfer) throws IOException {
        input.clear();
        int count = channel.read(input);
        if (count > 0) {
            input.flip().get(scratch, 0, count);
            transfer.stream().consume(scratch, count);
        }
        return count >= 0;
    }

    private void write(SelectionKey key, SocketChannel channel, Transfer transfer) throws IOException {
        ByteBuffer output = transfer.output();
        if (!output.hasRemaining()) {
            int count = transfer.stream().produce(scratch, CHUNK_BYTES);
            output.clear().put(scratch, 0, count).flip();
        }
        channel.write(output);
        if (!output.hasRemaining() && transfer.stream().isProduced()) {
            channel.shutdownOutput();
            key.interestOps(SelectionKey.OP_READ);
        }
    }
}
