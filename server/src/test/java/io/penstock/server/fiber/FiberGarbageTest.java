package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.penstock.memory.Buffer;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request to a fiber makes no garbage once all is warm. */
@Timeout(180)
class FiberGarbageTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WINDOWS = 12;
    private static final int REQUESTS = 4_000;
    private static final int CONNECTIONS = 8;

    private static final long SMALLEST_OBJECT_BYTES = 16;

    @Test
    void anEchoAllocatesNothingInTheServer() throws Exception {
        long[] before = new long[WINDOWS + 1];
        try (TwoStacks stacks = TwoStacks.serving(Clients::echo)) {
            long server = stacks.serverThread().threadId();
            stacks.run(scope -> {
                Connection[] connections = new Connection[CONNECTIONS];
                for (int i = 0; i < CONNECTIONS; i++) {
                    connections[i] = scope.connect(TwoStacks.SERVER);
                }
                for (int i = 0; i < 30; i++) {
                    request(scope, connections);
                }
                for (int window = 0; window <= WINDOWS; window++) {
                    before[window] = THREADS.getThreadAllocatedBytes(server);
                    request(scope, connections);
                }
            });
        }
        long[] allocated = new long[WINDOWS];
        Arrays.setAll(allocated, window -> before[window + 1] - before[window]);
        long clean = Arrays.stream(allocated).filter(bytes -> bytes == 0).count();
        assertThat(clean)
                .as("windows without any, of %s", Arrays.toString(allocated))
                .isGreaterThanOrEqualTo(10);
        assertThat(Arrays.stream(allocated).max().orElseThrow())
                .as(
                        "bytes in one of %s: what comes once, such as a line of the log, is less than an object a request",
                        Arrays.toString(allocated))
                .isLessThan(SMALLEST_OBJECT_BYTES * REQUESTS);
    }

    private static void request(FiberScope scope, Connection[] connections) throws Exception {
        for (int i = 0; i < REQUESTS / CONNECTIONS; i++) {
            for (Connection connection : connections) {
                Buffer request = scope.allocate(64);
                connection.write(request);
                request.release();
            }
            for (Connection connection : connections) {
                connection.read().release();
            }
        }
    }
}
