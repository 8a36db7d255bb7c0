package io.penstock.datapath.device;

/**
 * Carries packets from one device to another and back, or back out of a lone one, without a stack between: nobody answers,
 * nobody retransmits.
 *
 * <pre>
 *   first  -- rx burst --&gt; edit --&gt; tx burst --&gt;  second
 *          &lt;-- tx burst &lt;-- edit &lt;-- rx burst --
 * </pre>
 *
 * <p>What the other side has no room for is dropped and counted. The thread that opened it drives and closes it.
 */
public interface Bridge extends AutoCloseable {
    /**
     * One burst in each direction.
     *
     * @param maxBurst how many packets a burst has at most, from 1 to what was named when it was opened
     * @return how many were received
     */
    int turn(int maxBurst);

    /** How many packets were received in all. */
    long received();

    /** How many of them a device has taken for transmission. */
    long sent();

    /** How many of them it had no room for, or the edit has dropped. */
    long dropped();

    /** Why a device is lost for good ({@link PortEvents#lost}), or null. */
    default String lostReason() {
        return null;
    }

    /** What it is made of, in a phrase. */
    String mode();

    /** How many packet buffers it was opened with. */
    int buffers();

    /** How many of these are back after {@link #close()}: all of them, or there is a leak, or drivers keep some. */
    int buffersBack();

    /** How many its drivers are known to keep when they are closed, at most. */
    default int maxKeptByDrivers() {
        return 0;
    }

    /** Closes the devices. Closing twice does nothing. */
    @Override
    void close();
}
