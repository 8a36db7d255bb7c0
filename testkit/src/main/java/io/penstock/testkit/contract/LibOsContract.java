package io.penstock.testkit.contract;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The rules of the queue-token API, for every stack and every back end: extend this class and say how two of
 * them are opened with a link between ({@link #openLink}).
 *
 * <p>Both stacks are driven from the test's thread, in turn. After each test all queues are aborted, and every frame must
 * be home.
 */
public abstract class LibOsContract
        implements CloseTable,
                DrainRules,
                ClosedRules,
                TokenRules,
                OwnershipRules,
                HeapRules,
                BackpressureRules,
                WaitingRules,
                ConnectRules,
                KeepAliveRules,
                OptionRules,
                UdpRules {
    private Pair pair;

    /** For those who inherit it. */
    protected LibOsContract() {}

    /** Opens two stacks and what lies between them. Called for each test. */
    protected abstract Link openLink();

    @BeforeEach
    void openPair() {
        pair = new Pair(openLink());
    }

    @AfterEach
    void closePair() {
        if (pair != null) {
            pair.close();
        }
    }

    @Override
    public final Pair pair() {
        return pair;
    }
}
