package io.penstock.server;

import static io.penstock.server.Served.framed;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.memory.Buffer;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.MemoryOs;
import io.penstock.testkit.QuietOs;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests leave nothing behind on the Java heap: however framed, kept, deferred, or cut. */
class GarbageTest {
    private Buffer kept;

    enum Kind {
        ECHO,
        NUMBERS,
        KEPT,
        DEFERRED,
        LARGE,
        CUT
    }

    private void handle(Kind kind, Message request, Reply reply) {
        switch (kind) {
            case ECHO, CUT -> reply.write(request);
            case NUMBERS -> reply.putLong(request.readLong()).putDecimal(request.readInt());
            case KEPT -> {
                Buffer old = kept;
                kept = request.keep();
                if (old != null) {
                    old.release();
                }
                reply.putByte(1).write(kept);
            }
            case DEFERRED -> {
                Reply later = reply.defer();
                later.putInt(request.readInt()).send();
            }
            case LARGE -> {
                for (int i = 0; i < 500; i++) {
                    reply.putLong(i);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void noneARequest(Kind kind) {
        try (MemoryOs memory = new MemoryOs()) {
            QuietOs os = new QuietOs(memory);
            Server server = Server.on(os)
                    .tcp(
                            Endpoint.any(7000),
                            kind == Kind.KEPT ? Framing.varint() : Framing.lengthPrefix(4),
                            (request, reply) -> handle(kind, request, reply));
            os.acceptOne();
            server.turn(0);
            byte[] request = framed("twelve bytes");
            byte[] begin = {0, 0};
            byte[] rest = {0, 1, 7};
            byte[] large = new byte[1402];
            large[0] = (byte) 0xf8; // 1400 as a varint
            large[1] = 10;
            Runnable window = () -> {
                for (int i = 0; i < 2000; i++) {
                    if (kind == Kind.CUT) {
                        os.arrive(begin);
                        server.turn(0);
                    }
                    os.arrive(kind == Kind.KEPT ? large : kind == Kind.CUT ? rest : request);
                    server.turn(0);
                    server.turn(0);
                    server.turn(0);
                }
            };
            for (int i = 0; i < 10; i++) {
                window.run();
            }
            long before = os.pushedBytes();
            Garbage.assertNone(window);
            assertThat(os.pushedBytes()).isGreaterThan(before);
            if (kept != null) {
                kept.release();
            }
        }
    }
}
