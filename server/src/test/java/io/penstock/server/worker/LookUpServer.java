package io.penstock.server.worker;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counters;
import io.penstock.server.Framing;
import io.penstock.server.Message;
import io.penstock.server.Reply;
import io.penstock.server.Server;
import java.util.concurrent.locks.LockSupport;

/** The server of docs/threads.md: one stack's thread and four workers. */
final class LookUpServer {
    private Workers workers;

    Server on(LibOs os, Counters counters, int port) {
        workers =
                Workers.on(os).name("look-ups").counters(counters).underWay(256).start(4);
        return Server.on(os)
                .counters(counters)
                .whenFinished(workers::close)
                .tcp(Endpoint.any(port), Framing.lines(), this::handle);
    }

    private void handle(Message request, Reply reply) {
        if (!workers.answer(request, reply, LookUpServer::lookUp)) {
            reply.putText("busy");
        }
    }

    private static void lookUp(RequestBytes request, AnswerBytes answer) {
        answer.putText(slowLookUp(request.readText()));
    }

    private static String slowLookUp(String name) {
        LockSupport.parkNanos(1000);
        return name + "?";
    }
}
