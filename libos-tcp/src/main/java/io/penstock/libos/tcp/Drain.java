package io.penstock.libos.tcp;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.poll.Clock;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.libos.tcp.tcp.TcpEngine;
import io.penstock.memory.Buffer;

/**
 * Brings all connections of a stack to their end in good order; see {@link LibOs#drain}.
 *
 * <p>What peers still send is taken and thrown away: a connection that was closed with unread data would be reset (RFC
 * 2525, section 2.17), and a reset takes from the peer what it has not read. So a connection is only half closed until the
 * peer has closed as well.
 */
final class Drain {
    private static final long POLL_NANOS = 1_000_000;
    /** Peers that have all, and of which none has said anything for so long, are not about to close. */
    private static final long QUIET_NANOS = 500_000_000;

    private final LibOs stack;
    private final QueueTable queues;
    private final TcpEngine tcp;
    private final Clock clock;
    private final Completion completion = new Completion();
    private long newsNanos;

    Drain(LibOs stack, QueueTable queues, TcpEngine tcp, Clock clock) {
        this.stack = stack;
        this.queues = queues;
        this.tcp = tcp;
        this.clock = clock;
    }

    /** Returns how many connections have not got all. */
    int run(long timeoutNanos) {
        newsNanos = clock.update();
        long deadlineNanos = newsNanos + Math.clamp(timeoutNanos, 0, Long.MAX_VALUE - newsNanos);
        endStreams();
        int open = tcp.connections();
        int left = tcp.undelivered();
        while (open > 0 && !isOver(left, deadlineNanos)) {
            if (stack.waitNext(completion, Math.min(POLL_NANOS, deadlineNanos - clock.nanos()))
                    == WaitResult.COMPLETED) {
                take();
                continue;
            }
            int openBefore = open;
            int leftBefore = left;
            open = tcp.connections();
            left = tcp.undelivered();
            if (open != openBefore || left != leftBefore) {
                newsNanos = clock.nanos();
            }
        }
        return left;
    }

    private boolean isOver(int left, long deadlineNanos) {
        long now = clock.nanos();
        return now >= deadlineNanos
                || (left == 0 && now - newsNanos >= QUIET_NANOS)
                || Thread.currentThread().isInterrupted();
    }

    private void endStreams() {
        for (int slot = 0; slot < queues.capacity(); slot++) {
            Socket socket = queues.at(slot);
            if (socket != null) {
                int queue = queues.descriptorAt(slot);
                if (socket.isListener()) {
                    stack.abort(queue);
                } else if (socket.shutdown() == Status.OK) {
                    stack.pop(queue);
                }
            }
        }
    }

    private void take() {
        Buffer unread = completion.buffer();
        if (unread != null) {
            unread.release();
        }
        boolean more = completion.opcode() == Opcode.POP && completion.isOk() && completion.lengthBytes() > 0;
        if (more && queues.has(completion.queue())) {
            newsNanos = clock.nanos();
            stack.pop(completion.queue());
        }
    }
}
