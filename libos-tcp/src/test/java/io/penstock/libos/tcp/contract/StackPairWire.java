package io.penstock.libos.tcp.contract;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;

/** Two stacks, 198.18.0.1 and 198.18.0.2, over whatever device. */
public final class StackPairWire implements Wire {
    private static final long STEP_NANOS = 20_000;
    /** Enough where packets are on no way that others use, and get lost nowhere. */
    private static final long QUIET_NANOS = 20_000_000;

    private final Clock clock;
    private final Stack client;
    private final Stack server;
    private final Runnable close;
    private long quietNanos = QUIET_NANOS;
    private Runnable whenTestHoldsFrames = () -> {};

    /**
     * Opens both. The addresses are set here.
     *
     * @param clock both stacks' clock, or the system's
     * @param close what else there is to close, after the stacks
     */
    public StackPairWire(
            Clock clock, StackConfig.Builder clientConfig, StackConfig.Builder serverConfig, Runnable close) {
        this.clock = clock;
        this.close = close;
        Stack opened = null;
        try {
            opened = Stack.open(clientConfig.address("198.18.0.1/24").build());
            this.client = opened;
            this.server = Stack.open(serverConfig.address("198.18.0.2/24").build());
        } catch (RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            close.run();
            throw e;
        }
    }

    /** For a device whose packets take longer, or get lost now and then. */
    public StackPairWire quietNanos(long nanos) {
        quietNanos = nanos;
        return this;
    }

    /** For a device that counts frames when it is closed. */
    public StackPairWire whenTestHoldsFrames(Runnable action) {
        whenTestHoldsFrames = action;
        return this;
    }

    @Override
    public void testHoldsFrames() {
        whenTestHoldsFrames.run();
    }

    @Override
    public long quietNanos() {
        return quietNanos;
    }

    @Override
    public LibOs client() {
        return client;
    }

    @Override
    public LibOs server() {
        return server;
    }

    @Override
    public Endpoint clientAddress() {
        return Endpoint.of("198.18.0.1", 0);
    }

    @Override
    public Endpoint serverAddress() {
        return Endpoint.of("198.18.0.2", 0);
    }

    @Override
    public Endpoint nobody() {
        return Endpoint.of("198.18.0.77", 0);
    }

    @Override
    public long nanos() {
        return clock.update();
    }

    @Override
    public void rest(int inARow) {
        if (clock instanceof VirtualClock virtual) {
            virtual.advance(STEP_NANOS << Math.min(8, inARow / 16));
        } else {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        try {
            client.close();
        } finally {
            try {
                server.close();
            } finally {
                close.run();
            }
        }
    }
}
