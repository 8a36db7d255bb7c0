package io.penstock.datapath.stack;

/** What a stack does in each part of a turn. All methods: the loop's thread; each answers how much it did. */
public interface LoopWork {
    /** Receives a burst and processes each packet to completion. */
    int receive();

    /** Polls once more, in a turn in which {@link #receive} found none. */
    int poll();

    /** Fires what is due. */
    int fireTimers(long nowNanos);

    /** Transmits what the turn produced, and takes back what the device has sent. */
    int transmit();

    /** When the next timer is due, or {@link Long#MAX_VALUE}. */
    long nextDeadlineNanos();
}
