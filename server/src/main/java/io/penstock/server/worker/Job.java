package io.penstock.server.worker;

import io.penstock.memory.Buffer;
import io.penstock.server.Message;
import io.penstock.server.Reply;

/** A request on its way to a worker and back; then the next one. */
final class Job implements Runnable {
    /** What is shorter is copied: that costs less than to keep it where it lies. */
    private static final int COPIED_BYTES = 1024;
    /** What is longer is not kept for the next request. */
    private static final int KEPT_BYTES = 64 << 10;

    private static final byte[] NOTHING = {};

    private final Returns<Job> returns;
    private final RequestBytes request = new RequestBytes();
    private final AnswerBytes answer;
    private byte[] copy = NOTHING;
    private int length;
    private Buffer kept;
    private Work work;
    private Reply reply;
    private Throwable thrown;

    Job(Returns<Job> returns, int answerBytes) {
        this.returns = returns;
        this.answer = new AnswerBytes(answerBytes);
    }

    // ---- the stack's thread

    /** Takes over what was not read of a request. Returns false if there is no memory for it; then nothing is read. */
    boolean begin(Message from, Work newWork) {
        length = from.remaining();
        if (length < COPIED_BYTES) {
            if (copy.length < COPIED_BYTES) {
                copy = new byte[COPIED_BYTES];
            }
            from.getBytes(from.position(), copy, 0, length);
        } else {
            kept = from.keep(from.position(), length);
            if (kept == null) {
                return false;
            }
        }
        work = newWork;
        answer.begin();
        return true;
    }

    /** Who is owed the answer. */
    void reply(Reply owed) {
        reply = owed;
    }

    Reply reply() {
        return reply;
    }

    AnswerBytes answer() {
        return answer;
    }

    /** What the work has thrown, or null. */
    Throwable thrown() {
        return thrown;
    }

    /** Gives back what it holds. */
    void end() {
        Buffer held = kept;
        kept = null;
        work = null;
        reply = null;
        thrown = null;
        if (copy.length > KEPT_BYTES) {
            copy = NOTHING;
        }
        if (held != null) {
            held.release();
        }
    }

    // ---- a worker's

    @Override
    public void run() {
        try {
            read();
            work.run(request, answer);
        } catch (Throwable e) { // whatever it is: the connection has to hear of it
            thrown = e;
        } finally {
            request.end();
        }
        returns.add(this);
    }

    private void read() {
        if (kept == null) {
            request.over(copy, length);
        } else if (kept.next() == null) {
            request.over(kept.address(), length);
        } else {
            gather();
        }
    }

    private void gather() {
        if (copy.length < length) {
            copy = new byte[length];
        }
        int at = 0;
        for (Buffer piece = kept; piece != null; piece = piece.next()) {
            piece.getBytes(0, copy, at, piece.length());
            at += piece.length();
        }
        request.over(copy, length);
    }
}
