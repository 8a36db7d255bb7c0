package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.text;
import static io.penstock.server.fiber.Clients.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.memory.Buffer;
import java.net.SocketTimeoutException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The samples of docs/fibers.md, which a test compares with this file. */
@Timeout(120)
class FiberSamplesTest {
    private static final long SECONDS = 1_000_000_000;

    static void serve(LibOs os) throws Exception {
        FiberLoop.run(os, scope -> {
            Listener listener = scope.listen(Endpoint.any(7));
            while (true) {
                scope.serve(listener.accept(), FiberSamplesTest::echo);
            }
        });
    }

    static void echo(Connection connection) throws Exception {
        for (Buffer request = connection.read(); request != null; request = connection.read()) {
            connection.write(request);
            request.release();
        }
    }

    static String ask(FiberScope scope, Endpoint server, String question) throws Exception {
        try (Connection connection = scope.connect(server, 5 * SECONDS)) {
            write(connection, question);
            Buffer answer = connection.read(10 * SECONDS);
            return answer == null ? "" : text(answer);
        } catch (SocketTimeoutException | OperationFailedException e) {
            return "no answer: " + e.getMessage();
        }
    }

    static String askBoth(FiberScope scope, Endpoint first, Endpoint second) throws Exception {
        StringBuilder both = new StringBuilder();
        scope.nested(inner -> {
            Fiber<String> one = inner.fork(() -> ask(scope, first, "one "));
            Fiber<String> other = inner.fork(() -> ask(scope, second, "other"));
            both.append(one.join()).append(other.join());
        });
        return both.toString();
    }

    private final ExecutorService workers = Executors.newFixedThreadPool(2);

    private String elsewhere(String question) throws InterruptedException, ExecutionException {
        return workers.submit(() -> question + " by " + Thread.currentThread().isVirtual())
                .get();
    }

    @Test
    void theClientAsksBoth() throws Exception {
        try (TwoStacks stacks = TwoStacks.serving(FiberSamplesTest::echo)) {
            stacks.run(scope -> assertThat(askBoth(scope, TwoStacks.SERVER, TwoStacks.SERVER))
                    .isEqualTo("one other"));
            stacks.run(scope -> assertThat(ask(scope, Endpoint.of("198.18.0.2", 8), "x"))
                    .startsWith("no answer: connect to 198.18.0.2:8"));
        }
    }

    @Test
    void whatBlocksRunsElsewhere() throws Exception {
        try (TwoStacks stacks = TwoStacks.serving(FiberSamplesTest::echo);
                workers) {
            stacks.run(_ -> assertThat(elsewhere("done")).isEqualTo("done by false"));
        }
    }

    @Test
    void theServerServes() throws Exception {
        try (Clients clients = new Clients()) {
            int[] client = new int[1];
            clients.then(() -> {
                client[0] = clients.os.connect();
                clients.send(client[0], "hello");
            });
            clients.then(() -> assertThat(clients.read(client[0])).isEqualTo("hello"));
            clients.then(Thread.currentThread()::interrupt); // which stops it as well
            serve(clients.waits);
            assertThat(clients.os.isClosed(client[0])).isTrue();
        }
    }
}
