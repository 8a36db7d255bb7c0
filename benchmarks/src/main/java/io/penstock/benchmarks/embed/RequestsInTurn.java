package io.penstock.benchmarks.embed;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.server.Server;
import io.penstock.testkit.process.HarnessException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A client and a server of framed requests over shared memory, in turn on the calling thread, so that on two cores one is left
 * for workers. Each connection has one request on its way.
 */
final class RequestsInTurn implements AutoCloseable {
    static final int PORT = 7000;
    private static final String CLIENT = "198.18.0.1/24";
    private static final String SERVER = "198.18.0.2/24";
    private static final int PAYLOAD_BYTES = 64;
    private static final int FRAMED_BYTES = Integer.BYTES + PAYLOAD_BYTES;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** The clock is looked at after so many turns. */
    private static final int TURNS = 1024;

    private final Stack clientOs;
    private final Stack serverOs;
    private final Server server;
    private final Completion done = new Completion();
    private long answered;

    /**
     * Opens both stacks, and so many connections.
     *
     * @param name of the wire between them, in this process
     */
    RequestsInTurn(String name, int connections, Function<LibOs, Server> serve) {
        String wire = "shm:" + name + "-" + ProcessHandle.current().pid();
        clientOs = Stack.open(StackConfig.builder().device(wire).address(CLIENT).build());
        serverOs = Stack.open(StackConfig.builder().device(wire).address(SERVER).build());
        server = serve.apply(serverOs);
        for (int i = 0; i < connections; i++) {
            int queue = clientOs.socket(Transport.TCP);
            clientOs.attach(queue, new Asking(queue));
            clientOs.connect(queue, Endpoint.of("198.18.0.2", PORT));
        }
        until(connections);
    }

    /** One connection of the client. */
    private static final class Asking {
        private final int queue;
        private int missingBytes;

        Asking(int queue) {
            this.queue = queue;
        }
    }

    /** Has so many more requests answered. Returns the nanoseconds that each took. */
    double nanosPerRequest(long requests) {
        long before = answered;
        long begin = System.nanoTime();
        until(before + requests);
        return (System.nanoTime() - begin) / (double) (answered - before);
    }

    private void until(long total) {
        long begin = System.nanoTime();
        for (int turns = 1; answered < total; turns++) {
            while (clientOs.waitNext(done, 0) == WaitResult.COMPLETED) {
                take();
            }
            while (server.turn(0)) {
                // All that has come.
            }
            if (turns % TURNS == 0 && System.nanoTime() - begin > PATIENCE_NANOS) {
                throw new HarnessException(answered + " of " + total + " requests were answered within 30 s");
            }
        }
    }

    private void take() {
        Asking c = (Asking) done.attachment();
        if (!done.isOk()) {
            throw new HarnessException(done.opcode() + ": " + done.status());
        }
        if (done.opcode() == Opcode.CONNECT) {
            ask(c);
        } else if (done.opcode() == Opcode.POP) {
            c.missingBytes -= done.lengthBytes();
            done.buffer().release();
            if (c.missingBytes == 0) {
                answered++;
                ask(c);
            } else {
                clientOs.pop(c.queue);
            }
        }
    }

    private void ask(Asking c) {
        Buffer request = clientOs.allocate(FRAMED_BYTES);
        request.putInt(0, PAYLOAD_BYTES);
        clientOs.push(c.queue, request);
        request.release();
        c.missingBytes = FRAMED_BYTES;
        clientOs.pop(c.queue);
    }

    @Override
    public void close() {
        int _ = server.finish(0);
        serverOs.close();
        clientOs.close();
    }
}
