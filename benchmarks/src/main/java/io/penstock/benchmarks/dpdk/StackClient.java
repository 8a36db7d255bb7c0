package io.penstock.benchmarks.dpdk;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.testkit.process.HarnessException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * A client on a stack of its own: one connection, one request on its way at a time. The answer must be the request's bytes.
 *
 * <p>The clock is read once a request: the end of one is the beginning of the next.
 */
public final class StackClient implements AutoCloseable {
    /** As much as a second can bring, and more. */
    private static final int MAX_SAMPLES = 4_000_000;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Stack stack;
    private final int queue;
    private final int sizeBytes;
    private final Completion completion = new Completion();
    private final int[] samples = new int[MAX_SAMPLES];
    private long sequence;

    /** Opens the stack and connects; the calling thread is its own. */
    public StackClient(StackConfig config, Endpoint server, int sizeBytes) {
        this.stack = Stack.open(config);
        this.sizeBytes = sizeBytes;
        this.queue = stack.socket(Transport.TCP);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        long connecting = stack.connect(queue, server);
        WaitResult result = stack.waitFor(connecting, completion, deadline - System.nanoTime());
        if (result != WaitResult.COMPLETED || !completion.isOk()) {
            stack.close();
            throw new HarnessException(
                    "cannot connect: " + (result == WaitResult.COMPLETED ? completion.status() : result));
        }
    }

    /**
     * What a measurement found.
     *
     * @param p50Nanos half of all round trips took less
     * @param requestsPerSecond of this one connection
     */
    public record Result(long p50Nanos, long p90Nanos, long p99Nanos, long requests, double requestsPerSecond) {}

    /** Asks as fast as it is answered. */
    public Result measure(long measureNanos) {
        int count = 0;
        long start = System.nanoTime();
        long last = start;
        ask();
        while (last - start < measureNanos && count < MAX_SAMPLES) {
            awaitAnswer();
            ask();
            long now = System.nanoTime();
            samples[count++] = (int) Math.min(now - last, Integer.MAX_VALUE);
            last = now;
        }
        awaitAnswer();
        Arrays.sort(samples, 0, count);
        return new Result(
                samples[count / 2],
                samples[(int) (count * 0.9)],
                samples[(int) (count * 0.99)],
                count,
                count * 1e9 / (last - start));
    }

    private void ask() {
        Buffer request = stack.allocate(sizeBytes);
        request.putLong(0, ++sequence);
        request.putLong(sizeBytes - Long.BYTES, ~sequence);
        long pushed = stack.push(queue, request);
        request.release();
        long popped = stack.pop(queue);
        if (pushed == LibOs.NO_TOKEN || popped == LibOs.NO_TOKEN) {
            throw new HarnessException("the stack took no more than " + sequence + " requests");
        }
    }

    private void awaitAnswer() {
        int received = 0;
        while (received < sizeBytes) {
            if (stack.waitNext(completion, PATIENCE_NANOS) != WaitResult.COMPLETED) {
                throw new HarnessException("no answer to request " + sequence + " for 5 s");
            }
            if (completion.opcode() == Opcode.POP) {
                received = take(received);
            }
        }
    }

    private int take(int receivedBefore) {
        if (!completion.isOk() || completion.lengthBytes() == 0) {
            throw new HarnessException("request " + sequence + " was answered by " + completion.status());
        }
        Buffer answer = completion.buffer();
        int received = receivedBefore + completion.lengthBytes();
        boolean whole = receivedBefore == 0 && received == sizeBytes;
        if (whole && (answer.getLong(0) != sequence || answer.getLong(sizeBytes - Long.BYTES) != ~sequence)) {
            throw new HarnessException("the answer to request " + sequence + " has other bytes");
        }
        answer.release();
        if (received < sizeBytes && stack.pop(queue) == LibOs.NO_TOKEN) {
            throw new HarnessException("the stack took no pop");
        }
        return received;
    }

    @Override
    public void close() {
        stack.abort(queue);
        stack.close();
    }
}
