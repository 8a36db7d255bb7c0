package io.penstock.examples.kv;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.examples.stream.StreamServer;
import io.penstock.examples.stream.WaitingMemory;
import io.penstock.memory.Buffer;
import io.penstock.testkit.ForwardingLibOs;
import io.penstock.testkit.MemoryOs;

/** Runs the same requests again and again on a store, through a stack that itself allocates nothing. */
final class GarbageFree implements AutoCloseable {
    private final QuietOs os;
    private final StreamServer<Session> server;
    private final Kv kv;
    private final byte[][] requests = {
        KvClient.request("SET", "key:1", "0123456789"),
        KvClient.request("GET", "key:1"),
        KvClient.request("INCR", "number"),
        KvClient.request("MSET", "a", "1", "b", "2"),
        KvClient.request("MGET", "a", "b", "key:1"),
        KvClient.request("SET", "large", "x".repeat(1200)),
        KvClient.request("GET", "large"),
        KvClient.ascii("EXISTS a b c\r\nTTL key:1\r\nPING\r\n"),
    };

    GarbageFree() {
        os = new QuietOs(new MemoryOs());
        Counters counters = Counters.inMemory();
        kv = new Kv(1 << 20, os.heap(), () -> 0, counters);
        server = new StreamServer<>("kv", os, 6380, kv, counters, new WaitingMemory(1 << 20, 1 << 20, () -> 0));
        os.acceptOne();
        server.turn();
    }

    void round() {
        for (byte[] request : requests) {
            Buffer frame = os.pool().allocate();
            frame.length(request.length);
            frame.putBytes(0, request, 0, request.length);
            os.arrive(frame);
            server.turn(); // the pop
            server.turn(); // the push
        }
    }

    @Override
    public void close() {
        kv.close();
        os.close();
    }

    /** Pops what was put there, swallows what is pushed, and allocates nothing. */
    private static final class QuietOs extends ForwardingLibOs {
        private static final Completion.Writer WRITER = Completion.writer(new StackGrant());

        private Buffer arrived;
        private boolean popping;
        private boolean pushed;
        private boolean accepting;
        private Object attachment;

        QuietOs(MemoryOs os) {
            super(os);
        }

        void acceptOne() {
            accepting = true;
        }

        void arrive(Buffer frame) {
            arrived = frame;
        }

        @Override
        public void attach(int queue, Object attachment) {
            this.attachment = attachment;
        }

        @Override
        public long accept(int queue) {
            return 1;
        }

        @Override
        public long pop(int queue) {
            popping = true;
            return 1;
        }

        @Override
        public long push(int queue, Buffer buffer) {
            pushed = true;
            return 1;
        }

        @Override
        public int sendRoomBytes(int queue) {
            return 1 << 16;
        }

        @Override
        public WaitResult waitNext(Completion out, long timeoutNanos) {
            if (accepting) {
                accepting = false;
                WRITER.set(out, Opcode.ACCEPT, Status.OK, 1, 1);
                WRITER.newQueue(out, 2);
                return WaitResult.COMPLETED;
            }
            if (popping && arrived != null) {
                popping = false;
                WRITER.set(out, Opcode.POP, Status.OK, 2, 1);
                WRITER.transfer(out, arrived, arrived.length());
                WRITER.attachment(out, attachment);
                arrived = null;
                return WaitResult.COMPLETED;
            }
            if (pushed) {
                pushed = false;
                WRITER.set(out, Opcode.PUSH, Status.OK, 2, 1);
                WRITER.attachment(out, attachment);
                return WaitResult.COMPLETED;
            }
            return WaitResult.TIMED_OUT;
        }
    }
}
