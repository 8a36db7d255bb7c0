package io.penstock.examples;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.memory.Buffer;
import org.agrona.collections.Int2ObjectHashMap;

/** The server of docs/api.md, which a test compares with this file: the shortest that loses nothing. */
public final class FirstServer {
    private final LibOs os;
    private final int port;
    private volatile boolean running = true;

    /** For the thread that opened the stack. */
    public FirstServer(LibOs os, int port) {
        this.os = os;
        this.port = port;
    }

    /** Echoes over TCP until {@link #stop()}. */
    public void run() {
        int listener = os.socket(Transport.TCP);
        os.bind(listener, Endpoint.any(port));
        os.listen(listener, 128);
        os.accept(listener);
        Completion c = new Completion();
        while (running) {
            if (os.waitNext(c, LibOs.FOREVER) != WaitResult.COMPLETED) {
                continue;
            }
            switch (c.opcode()) {
                case ACCEPT -> {
                    os.accept(listener);
                    if (c.isOk()) {
                        pop(c.newQueue());
                    }
                }
                case POP -> {
                    if (c.isOk() && c.lengthBytes() > 0) {
                        echo(c.queue(), c.buffer());
                    } else {
                        os.close(c.queue()); // the end of the stream, or a connection that is lost
                    }
                }
                case PUSH -> { // the peer has read something: there is room for what waits
                    Buffer waiting = unsent.remove(c.queue());
                    if (waiting != null) {
                        echo(c.queue(), waiting);
                    }
                }
                default -> {}
            }
        }
    }

    /** What there was no room to send. Its connection is not popped meanwhile, so its peer has to wait. */
    private final Int2ObjectHashMap<Buffer> unsent = new Int2ObjectHashMap<>();

    private void echo(int queue, Buffer buffer) {
        if (os.push(queue, buffer) == LibOs.NO_TOKEN) {
            unsent.put(queue, buffer);
        } else {
            buffer.release(); // the stack holds it until the peer has acknowledged it
            pop(queue);
        }
    }

    private void pop(int queue) {
        if (os.pop(queue) == LibOs.NO_TOKEN) {
            os.abort(queue); // the stack's whole table of operations is full: StackConfig.maxOperations
        }
    }

    /** Ends {@link #run()}. Any thread. */
    public void stop() {
        running = false;
        os.wake();
    }
}
