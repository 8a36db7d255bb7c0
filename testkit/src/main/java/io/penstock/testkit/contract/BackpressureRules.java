package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Everything is bounded, and nothing is lost for it. */
interface BackpressureRules {
    Pair pair();

    /** Numbers of four bytes in a row, pushed in pieces as long as the stack takes them, and popped and checked. */
    final class Flow {
        private static final int PIECE_NUMBERS = 900;

        private final Side from;
        private final Side to;
        private final int fromQueue;
        private final int toQueue;
        private final List<Long> pushes = new ArrayList<>();
        private int pushed;
        private int popped;
        private long pop;
        private byte[] half = {};

        Flow(Side from, int fromQueue, Side to, int toQueue) {
            this.from = from;
            this.fromQueue = fromQueue;
            this.to = to;
            this.toQueue = toQueue;
        }

        /** Pushes one piece. Returns whether it was taken. */
        boolean push() {
            Buffer chain = from.os.allocate(PIECE_NUMBERS * 4);
            if (chain == null) {
                return false;
            }
            int number = pushed;
            int carry = 0;
            for (Buffer b = chain; b != null; b = b.next()) {
                for (int at = 0; at < b.length(); at++, carry++) {
                    b.putByte(at, (byte) ((number + carry / 4) >>> (24 - carry % 4 * 8)));
                }
            }
            long token = from.os.push(fromQueue, chain);
            chain.release();
            if (token == LibOs.NO_TOKEN) {
                return false;
            }
            pushes.add(token);
            pushed += PIECE_NUMBERS;
            return true;
        }

        /** Takes what has come. */
        void pop() {
            if (pop == 0) {
                pop = to.os.pop(toQueue);
            }
            while (pop != 0 && to.isDone(pop)) {
                Done done = to.take(pop);
                assertThat(done.status()).isEqualTo(Status.OK);
                check(done.bytes());
                pop = to.os.pop(toQueue);
            }
        }

        private void check(byte[] bytes) {
            byte[] all = new byte[half.length + bytes.length];
            System.arraycopy(half, 0, all, 0, half.length);
            System.arraycopy(bytes, 0, all, half.length, bytes.length);
            int at = 0;
            for (; at + 4 <= all.length; at += 4) {
                int number = java.nio.ByteBuffer.wrap(all).getInt(at);
                if (number != popped) {
                    throw new AssertionError("expected number " + popped + ", got " + number);
                }
                popped++;
            }
            half = java.util.Arrays.copyOfRange(all, at, all.length);
        }

        boolean isThrough() {
            return popped == pushed;
        }
    }

    private static int fill(Pair p, Flow flow) {
        p.untilStalled(flow::push);
        return flow.pushed;
    }

    @Test
    default void aReaderWhoDoesNotReadStopsTheWriterAndLosesNothing() {
        Pair p = pair();
        Connection c = p.connect();
        Flow flow = new Flow(p.client, c.client(), p.server, c.server());
        int pushed = fill(p, flow);
        assertThat(pushed * 4L).isGreaterThan(10_000);
        assertThat(flow.push()).isFalse();
        p.until("all was read", () -> {
            flow.pop();
            return flow.isThrough();
        });
        for (long token : flow.pushes) {
            p.ok(p.client, token);
        }
        assertThat(flow.push()).as("there is room again").isTrue();
        p.until("the rest was read", () -> {
            flow.pop();
            return flow.isThrough();
        });
    }

    @Test
    default void fullWindowsInBothDirectionsDrainAgain() {
        Pair p = pair();
        Connection c = p.connect();
        Flow up = new Flow(p.client, c.client(), p.server, c.server());
        Flow down = new Flow(p.server, c.server(), p.client, c.client());
        for (int round = 0; round < 3; round++) {
            fill(p, up);
            fill(p, down);
            p.until("both were read", () -> {
                up.pop();
                down.pop();
                return up.isThrough() && down.isThrough();
            });
        }
    }

    @Test
    default void oneStalledConnectionDoesNotStopAnother() {
        Pair p = pair();
        Connection stalled = p.connect();
        Connection lively = p.connect();
        fill(p, new Flow(p.client, stalled.client(), p.server, stalled.server()));
        Flow flow = new Flow(p.client, lively.client(), p.server, lively.server());
        for (int i = 0; i < 20; i++) {
            p.until("a piece is taken", flow::push);
            p.until("it was read", () -> {
                flow.pop();
                return flow.isThrough();
            });
        }
    }

    @Test
    default void aPushLargerThanTheWindowGoesThroughWhole() {
        Pair p = pair();
        Connection c = p.connect();
        int length = Math.min(900_000, p.client.os.pool().freeFrames() / 2 * 1400);
        long push = p.client.push(c.client(), pattern(length));
        Pair.assertSame(p.popExactly(p.server, c.server(), length), pattern(length));
        assertThat(p.ok(p.client, push).lengthBytes()).isEqualTo(length);
    }
}
