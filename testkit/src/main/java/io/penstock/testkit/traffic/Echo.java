package io.penstock.testkit.traffic;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.datapath.WaitResult;
import org.agrona.collections.IntHashSet;

/** An echo server as an application writes it, turned from a test's thread. Allocates nothing. */
public final class Echo {
    private final LibOs os;
    private final Completion c = new Completion();
    private final int listener;
    private final int udp;
    private final IntHashSet connections = new IntHashSet();

    /** Serves TCP and UDP on a port. */
    public Echo(LibOs os, int port) {
        this.os = os;
        Endpoint local = Endpoint.any(port);
        listener = os.socket(Transport.TCP);
        udp = os.socket(Transport.UDP);
        if (os.bind(listener, local) != Status.OK
                || os.listen(listener, 4096) != Status.OK
                || os.bind(udp, local) != Status.OK) {
            throw new IllegalStateException("port " + port);
        }
        os.accept(listener);
        os.pop(udp);
    }

    /** Aborts all connections and stops to serve. */
    public void abortAll() {
        connections.forEachInt(os::abort);
        connections.clear();
        os.abort(listener);
        os.abort(udp);
    }

    /** Handles what has come. Returns whether something had. */
    public boolean turn() {
        boolean any = false;
        while (os.waitNext(c, 0) == WaitResult.COMPLETED) {
            any = true;
            if (c.opcode() == Opcode.ACCEPT && c.isOk()) {
                connections.add(c.newQueue());
                os.pop(c.newQueue());
                os.accept(listener);
            } else if (c.opcode() == Opcode.POP && c.isOk() && c.queue() == udp) {
                os.pushTo(udp, c.buffer(), c.peer());
                c.buffer().release();
                os.pop(udp);
            } else if (c.opcode() == Opcode.POP && c.isOk() && c.lengthBytes() != 0) {
                boolean pushed = os.push(c.queue(), c.buffer()) != LibOs.NO_TOKEN;
                c.buffer().release();
                if (pushed) {
                    os.pop(c.queue());
                } else { // a peer that sends and never reads
                    connections.remove(c.queue());
                    os.abort(c.queue());
                }
            } else if (c.opcode() == Opcode.POP && c.status() != Status.CANCELLED) {
                connections.remove(c.queue());
                os.close(c.queue());
            }
        }
        return any;
    }
}
