package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counters;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.testkit.contract.Done;
import io.penstock.testkit.contract.Side;
import io.penstock.testkit.net.VethWire;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** A stack on a wire to the kernel, driven by the test's own thread. */
final class LoneStack implements AutoCloseable {
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    final Side side;
    private final Counters counters;
    private final Stack stack;

    private LoneStack(Stack stack, Counters counters) {
        this.stack = stack;
        this.counters = counters;
        this.side = new Side(stack, Endpoint.of(VethWire.PENSTOCK_ADDRESS, 0));
    }

    /** Opens it at the server's end of a wire. */
    static LoneStack open(VethWire wire, StackConfig.Builder config) {
        ContractLink.End end = new ContractLink.End(wire.penstockServer(), "afxdp:" + VethWire.SERVER_INTERFACE);
        Counters counters = Counters.inMemory();
        return new LoneStack(
                Stack.open(config.device(setup -> end.open(setup, new AtomicBoolean()))
                        .address(wire.penstockCidr())
                        .counters(counters)
                        .frames(4096)
                        .build()),
                counters);
    }

    LibOs os() {
        return stack;
    }

    long count(String counter) {
        return counters.counter(counter).get();
    }

    /** Turns its loop until something is so. */
    void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long until " + what).isLessThan(deadline);
            if (!side.turn()) {
                Thread.onSpinWait();
            }
        }
    }

    /** The completion of an operation. */
    Done await(long token) {
        assertThat(token).isNotEqualTo(LibOs.NO_TOKEN);
        until("a token completes", () -> side.isDone(token));
        return side.take(token);
    }

    /** Aborts what is open, and closes it; fails if something is held that should not be. */
    @Override
    public void close() {
        side.abortAll();
        side.releaseUnseen();
        try {
            until("all frames are home", side::isAtRest);
        } finally {
            side.close();
        }
    }
}
