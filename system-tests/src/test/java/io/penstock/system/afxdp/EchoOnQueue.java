package io.penstock.system.afxdp;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.libos.tcp.DeviceFactory;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.testkit.device.CheckedDevice;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import io.penstock.testkit.traffic.Echo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A stack with an echo server on one queue of a port, on a thread of its own that lives in a namespace. */
public final class EchoOnQueue implements AutoCloseable {
    private static final long ANSWER_SECONDS = 20;

    private final Counters counters = Counters.inMemory();
    private final CompletableFuture<Stack> opened = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile boolean closing;

    private EchoOnQueue() {}

    /** Opens it. What it throws is thrown here. */
    public static EchoOnQueue open(NetworkNamespace namespace, PacketPort port, int queue) {
        EchoOnQueue echo = begin(namespace, port, queue, VethWire.PENSTOCK_ADDRESS + "/24");
        echo.awaitOpen();
        return echo;
    }

    /** Begins to open it, for ports whose queues are opened at the same time. */
    public static EchoOnQueue begin(NetworkNamespace namespace, PacketPort port, int queue, String address) {
        EchoOnQueue echo = new EchoOnQueue();
        Thread.ofPlatform().daemon().name("echo-" + queue).start(() -> {
            try {
                Integer _ = namespace.call(() -> {
                    echo.run(DeviceFactory.queueOf(port, queue), address);
                    return 0;
                });
                echo.closed.complete(null);
            } catch (RuntimeException | Error e) {
                echo.opened.completeExceptionally(e);
                echo.closed.completeExceptionally(e);
            }
        });
        return echo;
    }

    public void awaitOpen() {
        Stack _ = answer(opened);
    }

    private static DeviceFactory checked(DeviceFactory queue) {
        return new DeviceFactory() {
            @Override
            public PacketQueue open(DeviceSetup setup) {
                return new CheckedDevice(queue.open(setup), setup.pool(), () -> false);
            }

            @Override
            public int framePrefixBytes() {
                return queue.framePrefixBytes();
            }

            @Override
            public int minFrameBytes() {
                return queue.minFrameBytes();
            }
        };
    }

    private void run(DeviceFactory queue, String address) {
        try (Stack stack = Stack.open(StackConfig.builder()
                .device(checked(queue))
                .address(address)
                .counters(counters)
                .frames(4096)
                .maxConnections(1024)
                .build())) {
            Echo echo = new Echo(stack, Wires.ECHO_PORT);
            opened.complete(stack);
            while (!closing) {
                if (!echo.turn()) {
                    Thread.onSpinWait();
                }
            }
            echo.abortAll();
            boolean _ = echo.turn();
        }
    }

    /** Of its stack. Any thread. */
    public long count(String counter) {
        return counters.counter(counter).get();
    }

    public boolean isUp() {
        return answer(opened).isUp();
    }

    private static <T> T answer(CompletableFuture<T> future) {
        try {
            return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer from the echo's thread", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new CompletionException(e.getCause());
        }
    }

    /** Resets its connections and closes the stack; fails if a frame did not come home. */
    @Override
    public void close() {
        closing = true;
        Void _ = answer(closed);
    }
}
