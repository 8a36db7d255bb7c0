package io.penstock.testkit.contract;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.VirtualClock;
import java.util.function.Supplier;

/**
 * Two libOSes in one network, whatever they and the link between them are: the client has the address {@link #CLIENT_CIDR}, the
 * server {@link #SERVER_CIDR}, and whoever opens them sees to that.
 */
public final class LibOsLink implements Link {
    /** What the client's configuration says. */
    public static final String CLIENT_CIDR = "198.18.0.1/24";
    /** What the server's configuration says. */
    public static final String SERVER_CIDR = "198.18.0.2/24";

    private static final long STEP_NANOS = 20_000;
    /** Enough where packets are on no way that others use, and get lost nowhere. */
    private static final long QUIET_NANOS = 20_000_000;

    private final Clock clock;
    private final LibOs client;
    private final LibOs server;
    private final Runnable close;
    private long quietNanos = QUIET_NANOS;
    private Runnable whenTestHoldsFrames = () -> {};

    /**
     * Opens both.
     *
     * @param clock both libOSes' clock, or the system's
     * @param client opens the client's
     * @param server opens the server's; if it cannot, all else is closed
     * @param close what else there is to close, after the two
     */
    public LibOsLink(Clock clock, Supplier<? extends LibOs> client, Supplier<? extends LibOs> server, Runnable close) {
        this.clock = clock;
        this.close = close;
        LibOs opened = null;
        try {
            opened = client.get();
            this.client = opened;
            this.server = server.get();
        } catch (RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            close.run();
            throw e;
        }
    }

    /** For a device whose packets take longer, or get lost now and then. */
    public LibOsLink quietNanos(long nanos) {
        quietNanos = nanos;
        return this;
    }

    /** For a device that counts frames when it is closed. */
    public LibOsLink whenTestHoldsFrames(Runnable action) {
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
