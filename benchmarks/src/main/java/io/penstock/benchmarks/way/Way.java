package io.penstock.benchmarks.way;

/** What is recorded of a stack. */
public enum Way {
    /** From the device's burst to the completion of the pop that waits for the payload. */
    RECEIVE("payload for a pop"),
    /** The same where what was sent before is acknowledged with it: the usual request. */
    RECEIVE_AND_ACKNOWLEDGE("payload and acknowledgement"),
    /** From the application's push to the device's burst. */
    PUSH("push"),
    /** Of the loop, with nothing received and nothing to send. */
    EMPTY_TURN("empty turn");

    private final String label;

    Way(String label) {
        this.label = label;
    }

    /** In tables. */
    String label() {
        return label;
    }
}
