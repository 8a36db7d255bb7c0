package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.WaitResult;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Two real stacks on a wire in shared memory: the server's loop has a thread of its own, the client's is the test's. */
final class TwoStacks implements AutoCloseable {
    static final Endpoint SERVER = Endpoint.of("198.18.0.2", 7);
    private static final long DEADLINE_SECONDS = 60;

    final Stack client;
    private final String wire = "shm:fibers-" + ProcessHandle.current().pid() + "-" + System.identityHashCode(this);
    private final CompletableFuture<FiberLoop> server = new CompletableFuture<>();
    private final CompletableFuture<Integer> framesLeft = new CompletableFuture<>();
    private final CompletableFuture<Void> listening = new CompletableFuture<>();
    private final Thread thread;

    /** The server's task gets a scope, and says when it listens. */
    interface ServerTask {
        void run(FiberScope scope, Runnable listening) throws Exception;
    }

    TwoStacks(ServerTask task) throws Exception {
        thread = Thread.ofPlatform().name("fiber-server").start(() -> serve(task));
        server.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        client = Stack.open(config("198.18.0.1/24"));
        listening.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }

    /** Serves each connection in its fiber. */
    static TwoStacks serving(ConnectionTask task) throws Exception {
        return new TwoStacks((scope, listening) -> {
            Listener listener = scope.listen(Endpoint.any(SERVER.port()));
            listening.run();
            while (true) {
                scope.serve(listener.accept(), task);
            }
        });
    }

    private StackConfig config(String address) {
        return StackConfig.builder()
                .device(wire)
                .address(address)
                .probeAddress(false)
                .frames(8192)
                .build();
    }

    private void serve(ServerTask task) {
        int left;
        try (Stack stack = Stack.open(config("198.18.0.2/24"))) {
            int before = stack.pool().framesInUse();
            FiberLoop loop = new FiberLoop(stack);
            server.complete(loop);
            loop.run(scope -> task.run(scope, () -> listening.complete(null)));
            left = framesLeft(stack, before);
        } catch (Throwable e) {
            server.completeExceptionally(e);
            listening.completeExceptionally(e);
            framesLeft.completeExceptionally(e);
            return;
        }
        framesLeft.complete(left); // when all is closed
    }

    /** The server's, which every fiber of it runs on. */
    Thread serverThread() {
        return thread;
    }

    /** Runs the client's fibers to their end. */
    void run(FiberScope.Task task) throws Exception {
        int before = client.pool().framesInUse();
        FiberLoop.run(client, task);
        assertThat(framesLeft(client, before)).as("frames of the client").isLessThanOrEqualTo(0);
    }

    /** How many more than before are in use: the stack's own come back in time, such as those that wait for an address. */
    private static int framesLeft(Stack stack, int before) {
        Completion completion = new Completion();
        long begin = System.nanoTime();
        while (stack.pool().framesInUse() > before
                && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
            WaitResult _ = stack.waitNext(completion, 1_000_000);
        }
        return stack.pool().framesInUse() - before;
    }

    void stopServer() {
        server.join().stop();
    }

    /** Stops the server, in which nothing may be left. */
    @Override
    public void close() {
        stopServer();
        try {
            assertThat(framesLeft.orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join())
                    .as("frames of the server")
                    .isLessThanOrEqualTo(0);
        } finally {
            client.close();
        }
    }
}
