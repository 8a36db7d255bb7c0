package io.penstock.server.worker;

import static io.penstock.server.Served.framed;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.penstock.datapath.Endpoint;
import io.penstock.server.Framing;
import io.penstock.server.Server;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.MemoryOs;
import io.penstock.testkit.QuietOs;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that goes to a worker and back leaves nothing on the Java heap: not on the stack's thread, nor on the worker's. */
class WorkersGarbageTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int REQUESTS = 2000;
    private static final long STRAY_BYTES = 20_000;

    @ParameterizedTest
    @ValueSource(ints = {12, 1300})
    void noneARequest(int bytes) {
        try (MemoryOs memory = new MemoryOs()) {
            QuietOs os = new QuietOs(memory);
            Workers workers = Workers.on(os).name("quiet").start(1);
            Work work = (request, answer) -> answer.putLong(request.readLong()).putBytes(request);
            Server server = Server.on(os)
                    .tcp(
                            Endpoint.any(7000),
                            Framing.lengthPrefix(4),
                            (request, reply) -> assertThatItIsTaken(workers.answer(request, reply, work)));
            os.acceptOne();
            server.turn(0);
            byte[] request = framed(new byte[bytes]);
            Runnable window = () -> {
                for (int i = 0; i < REQUESTS; i++) {
                    os.arrive(request);
                    while (server.turn(0) || workers.underWay() > 0) {
                        Thread.onSpinWait();
                    }
                }
            };
            for (int i = 0; i < 15; i++) {
                window.run();
            }
            long worker = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("quiet-0"))
                    .findAny()
                    .orElseThrow()
                    .threadId();
            long pushed = os.pushedBytes();
            long before = THREADS.getThreadAllocatedBytes(worker);
            Garbage.assertNone(window);
            assertThat(THREADS.getThreadAllocatedBytes(worker) - before)
                    .as("of the worker, for %d requests", 10 * REQUESTS)
                    .isLessThan(STRAY_BYTES);
            assertThat(os.pushedBytes() - pushed).isEqualTo(10L * REQUESTS * (bytes + 12));
            workers.close();
        }
    }

    private static void assertThatItIsTaken(boolean isTaken) {
        if (!isTaken) {
            throw new AssertionError("refused");
        }
    }
}
