package io.penstock.testkit.contract;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;

/**
 * Two stacks with a link between them: what the contract test needs of a back end.
 *
 * <p>Both stacks belong to the thread that opened the link. Their pools must have at least 1024 frames each, their idle
 * strategies must let their clock's time pass, and there must be no way from their network to others.
 */
public interface Link extends AutoCloseable {
    /** The stack that opens connections. */
    LibOs client();

    /** The stack that listens. */
    LibOs server();

    /** The client's address, on any port. */
    Endpoint clientAddress();

    /** The server's address, on any port. */
    Endpoint serverAddress();

    /** An address on the link that no host has. */
    Endpoint nobody();

    /** The time that deadlines of tests are measured in: real, or the stacks' virtual one. */
    long nanos();

    /**
     * Called when nothing happened at either end: lets a little time pass.
     *
     * @param inARow how often it was called since something happened: virtual time may pass faster and faster
     */
    void rest(int inARow);

    /**
     * How long nothing must have happened before a test concludes that nothing is on its way any more, also nothing that
     * was lost and is sent again.
     */
    long quietNanos();

    /** From now on the test itself holds frames of the stacks, which are not missing when those are closed. */
    default void testHoldsFrames() {}

    /** Closes both stacks and whatever was set up for them. */
    @Override
    void close();
}
