package io.penstock.server;

import io.penstock.datapath.Completion;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counter;
import io.penstock.memory.Buffer;

/** One UDP queue of a server: a datagram in, a datagram out. */
final class DatagramService {
    /** So many datagrams are taken in one turn of the loop. */
    private static final int POPS = 64;

    private final LibOs os;
    private final int queue;
    private final Handler handler;
    private final StreamService streams;
    private final DatagramReply.Common replies;
    private final ChainInput input;
    private final Counter datagrams;
    private final Counter failed;
    private int pops;

    /**
     * @param failed those whose handler threw
     * @param lost answers that could not go
     */
    DatagramService(
            LibOs os,
            int queue,
            Handler handler,
            StreamService streams,
            WaitingMemory memory,
            Counter datagrams,
            Counter failed,
            Counter lost) {
        this.os = os;
        this.queue = queue;
        this.handler = handler;
        this.streams = streams;
        this.replies = new DatagramReply.Common(os, queue, streams.segmentBytes(), lost::increment, this::failed);
        this.input = new ChainInput(os.pool(), os.heap(), memory);
        this.datagrams = datagrams;
        this.failed = failed;
    }

    /** Asks for as many as may wait. */
    void pop() {
        while (pops < POPS && os.pop(queue) != LibOs.NO_TOKEN) {
            pops++;
        }
    }

    void popped(Completion c) {
        pops--;
        if (c.isOk() && c.buffer() != null) {
            handle(c, c.buffer());
        }
        pop();
    }

    private void failed(Throwable thrown) {
        failed.increment();
        streams.say(thrown);
    }

    private void handle(Completion c, Buffer datagram) {
        datagrams.increment();
        input.add(datagram);
        input.note(0, input.lengthBytes(), 0);
        Message request = streams.message();
        if (input.pieces() == 0) {
            request.end();
        } else {
            Message _ = request.over(input);
        }
        request.writablePeer().copyFrom(c.peer());
        DatagramReply reply = replies.take(c.peer());
        boolean isWell = false;
        try {
            handler.handle(request, reply);
            isWell = true;
        } catch (Exception | StackOverflowError | AssertionError e) {
            failed(e);
        } finally {
            request.end();
        }
        reply.endRequest(isWell);
        input.release();
    }
}
