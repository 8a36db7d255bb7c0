package io.penstock.benchmarks.way;

import io.penstock.benchmarks.stack.TwoStacks;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.Buffer;
import java.util.function.BiConsumer;

/** Requests and answers over one connection, of which the server's passages are recorded. */
public final class Exchange implements Runnable {
    private static final int SIZE_BYTES = 64;
    /** Until classes are initialized, and all that grows has grown. */
    private static final int WARM_UP = 1_000;
    /** As between machines next door; so short that few passages see a timer. */
    private static final long ROUND_TRIP_NANOS = 10_000;

    private final int passages;
    private final BiConsumer<Way, int[]> recorded;
    private final VirtualClock clock = new VirtualClock();

    /**
     * @param passages how many of each way
     * @param recorded is given the sites of each, in the order in which they were passed first
     */
    public Exchange(Integer passages, BiConsumer<Way, int[]> recorded) {
        this.passages = passages;
        this.recorded = recorded;
    }

    @Override
    public void run() {
        try (TwoStacks stacks = new TwoStacks(1, SIZE_BYTES, clock)) {
            stacks.connect();
            stacks.echo(WARM_UP);
            int queue = stacks.queue(0);
            for (int i = 0; i < passages; i++) {
                stacks.pushRequest(queue);
                answer(stacks, queue, Way.RECEIVE_AND_ACKNOWLEDGE);
                stacks.pushRequest(queue);
                stacks.clientTurn();
                stacks.takeRequest().release();
                stacks.popRequest();
                stacks.pushRequest(queue); // acknowledges no more than the one before
                answer(stacks, queue, Way.RECEIVE);
                Recorder.begin();
                stacks.serverTurn();
                recorded.accept(Way.EMPTY_TURN, Recorder.end());
            }
        }
    }

    private void answer(TwoStacks stacks, int queue, Way received) {
        stacks.popAnswer(queue);
        stacks.clientTurn();
        Recorder.armForBurst();
        Buffer request = stacks.takeRequest();
        recorded.accept(received, Recorder.end());
        Recorder.begin();
        stacks.pushAnswer(request);
        Recorder.pause();
        stacks.popRequest();
        request.release();
        Recorder.goOn();
        stacks.serverTurn(); // the recording ends with the burst that is sent
        recorded.accept(Way.PUSH, Recorder.end());
        clock.advance(ROUND_TRIP_NANOS);
        stacks.awaitAnswer(queue);
    }
}
