package io.penstock.server;

import static io.penstock.server.Served.ascii;
import static io.penstock.server.Served.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counters;
import io.penstock.memory.DirectMemory;
import io.penstock.testkit.MemoryOs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** The samples of docs/server.md, which stand here, do what the page says. */
class PageTest {
    private static byte[] ask(MemoryOs os, Server server, int client, String said) {
        os.send(client, ascii(said));
        for (int idle = 0; idle < 3; idle++) {
            idle = server.turn(0) ? 0 : idle;
        }
        return os.read(client);
    }

    private static Server echo(LibOs os, Counters counters) {
        Handler echo = (request, reply) -> reply.write(request);
        return Server.on(os)
                .name("echo")
                .counters(counters)
                .tcp(Endpoint.any(7), Framing.stream(), echo)
                .tcp(Endpoint.any(8), Framing.lengthPrefix(4).maxBytes(1 << 20), echo)
                .udp(Endpoint.any(7), echo);
    }

    /** One for each connection: it may keep what it likes. */
    private static final class Tally implements Handler {
        private long sum;

        @Override
        public void handle(Message request, Reply reply) {
            sum += request.readInt();
            reply.putLong(sum);
        }
    }

    private static Server tally(LibOs os) {
        return Server.on(os).tcp(Endpoint.any(7000), Framing.lengthPrefix(2), _ -> new Tally());
    }

    /** Words end with a zero. */
    private static final class Words implements Framer {
        @Override
        public int find(long address, int lengthBytes) {
            for (int i = 0; i < lengthBytes; i++) {
                if (DirectMemory.getByte(address + i) == 0) {
                    return i + 1;
                }
            }
            return INCOMPLETE;
        }
    }

    private static Server words(LibOs os) {
        return Server.on(os)
                .tcp(
                        Endpoint.any(7000),
                        Framing.own(Words::new).maxBytes(64),
                        (request, reply) ->
                                reply.putDecimal(request.length() - 1).putByte(0));
    }

    private static Server lookUps(LibOs os, Executor workers) {
        return Server.on(os).tcp(Endpoint.any(7000), Framing.lines(), (request, reply) -> {
            String name = request.getText(0, request.length());
            Reply later = reply.defer();
            workers.execute(() -> {
                String found = slowLookUp(name);
                os.execute(() -> later.putText(found).send()); // back on the stack's thread
            });
        });
    }

    private static String slowLookUp(String name) {
        return name + "?";
    }

    private static Limits strict() {
        return Limits.defaults()
                .connections(1000)
                .waiting(16 << 20, 4 << 20)
                .outputBytes(1 << 20)
                .idle(Duration.ofMinutes(5))
                .request(Duration.ofSeconds(10))
                .answer(Duration.ofSeconds(2))
                .slowReader(Duration.ofSeconds(30));
    }

    @Test
    void echoes() {
        try (MemoryOs os = new MemoryOs()) {
            Counters counters = Counters.inMemory();
            Server server = echo(os, counters);
            assertThat(text(ask(os, server, os.connect(), "\0\0\0\1x"))).isEqualTo("\0\0\0\1x");
            assertThat(counters.counter("echo.requests").get()).isEqualTo(1);
        }
    }

    @Test
    void tallies() {
        try (MemoryOs os = new MemoryOs()) {
            Server server = tally(os);
            int client = os.connect();
            assertThat(ask(os, server, client, "\0\4\0\0\0\1\0\4\0\0\0\2")).endsWith(0, 8, 0, 0, 0, 0, 0, 0, 0, 3);
            assertThat(ask(os, server, os.connect(), "\0\4\0\0\0\1")).endsWith(0, 0, 0, 1);
        }
    }

    @Test
    void countsWords() {
        try (MemoryOs os = new MemoryOs()) {
            Server server = words(os);
            assertThat(text(ask(os, server, os.connect(), "one\0three\0"))).isEqualTo("3\0" + "5\0");
        }
    }

    @Test
    void answersLater() {
        List<Runnable> work = new ArrayList<>();
        List<Runnable> back = new ArrayList<>();
        try (MemoryOs memory = new MemoryOs()) {
            LibOs os = new io.penstock.testkit.ForwardingLibOs(memory) {
                @Override
                public boolean execute(Runnable task) {
                    return back.add(task);
                }
            };
            Server server = lookUps(os, work::add);
            int client = memory.connect();
            assertThat(ask(memory, server, client, "a\nb\n")).isEmpty();
            work.reversed().forEach(Runnable::run);
            back.forEach(Runnable::run);
            assertThat(text(ask(memory, server, client, ""))).isEqualTo("a?\nb?\n");
        }
    }

    @Test
    void hasLimits() {
        assertThat(strict().answer()).isEqualTo(Duration.ofSeconds(2));
        assertThat(Limits.defaults().answer()).isEqualTo(Duration.ofSeconds(30));
        try (MemoryOs os = new MemoryOs()) {
            Server server =
                    Server.on(os).limits(strict()).tcp(Endpoint.any(1), Framing.lines(), (_, reply) -> reply.send());
            assertThat(text(ask(os, server, os.connect(), "x\n"))).isEqualTo("\n");
        }
    }
}
