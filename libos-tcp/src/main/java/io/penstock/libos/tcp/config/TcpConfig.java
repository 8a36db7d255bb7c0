package io.penstock.libos.tcp.config;

import io.penstock.datapath.ConfigurationException;
import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import io.penstock.libos.tcp.congestion.CongestionAlgorithms;

/**
 * What is in force for TCP in one stack. Immutable; {@link TcpSettings} says what each value means. Times are in
 * nanoseconds, amounts of memory in bytes.
 */
public final class TcpConfig {
    private static final TcpConfig DEFAULTS = new TcpConfig(SettingValues.DEFAULTS, CongestionAlgorithms.BUILT_IN);

    private final SettingValues values;
    private final int maxSockets;
    private final int maxHalfOpen;
    private final int maxTimeWait;
    private final int receiveBufferBytes;
    private final int maxReceiveBufferBytes;
    private final boolean noDelay;
    private final boolean cork;
    private final long userTimeoutNanos;
    private final long keepAliveIdleNanos;
    private final long keepAliveIntervalNanos;
    private final int keepAliveProbes;
    private final int initialReceiveWindowBytes;
    private final int sendBufferBytes;
    private final int maxPendingPushes;
    private final int maxReceiveFrames;
    private final int coalesceBeyondFrames;
    private final int maxOutOfOrderFrames;
    private final int flightFrames;
    private final long minRtoNanos;
    private final long initialRtoNanos;
    private final long maxRtoNanos;
    private final int synRetries;
    private final int synAckRetries;
    private final int dataRetries;
    private final int orphanProbes;
    private final long delayedAckNanos;
    private final long timeWaitNanos;
    private final long finWait2Nanos;
    private final int initialWindowSegments;
    private final int burstSegments;
    private final int challengeAcksPerInterval;
    private final long challengeIntervalNanos;
    private final long stalledPeerNanos;
    private final long slowPeerNanos;
    private final int ephemeralLow;
    private final int ephemeralHigh;
    private final CongestionAlgorithms congestionAlgorithms;
    private final CongestionAlgorithm congestionControl;

    private TcpConfig(SettingValues values, CongestionAlgorithms congestionAlgorithms) {
        this.values = values;
        this.congestionAlgorithms = congestionAlgorithms;
        maxSockets = values.get(TcpSettings.MAX_CONNECTIONS);
        maxHalfOpen = values.get(TcpSettings.MAX_HALF_OPEN);
        maxTimeWait = values.get(TcpSettings.MAX_TIME_WAIT);
        receiveBufferBytes = Math.toIntExact(values.get(TcpSettings.RECEIVE_BUFFER));
        initialReceiveWindowBytes = Math.toIntExact(values.get(TcpSettings.INITIAL_RECEIVE_WINDOW));
        sendBufferBytes = Math.toIntExact(values.get(TcpSettings.SEND_BUFFER));
        maxPendingPushes = values.get(TcpSettings.MAX_PENDING_PUSHES);
        maxReceiveFrames = values.get(TcpSettings.MAX_UNREAD_FRAMES);
        coalesceBeyondFrames = values.get(TcpSettings.COALESCE_BEYOND_FRAMES);
        maxOutOfOrderFrames = values.get(TcpSettings.MAX_OUT_OF_ORDER_FRAMES);
        flightFrames = values.get(TcpSettings.FLIGHT_FRAMES);
        minRtoNanos = values.get(TcpSettings.MIN_RTO).toNanos();
        initialRtoNanos = values.get(TcpSettings.INITIAL_RTO).toNanos();
        maxRtoNanos = values.get(TcpSettings.MAX_RTO).toNanos();
        synRetries = values.get(TcpSettings.SYN_RETRIES);
        synAckRetries = values.get(TcpSettings.SYN_ACK_RETRIES);
        dataRetries = values.get(TcpSettings.DATA_RETRIES);
        orphanProbes = values.get(TcpSettings.ORPHAN_PROBES);
        delayedAckNanos = values.get(TcpSettings.DELAYED_ACK).toNanos();
        timeWaitNanos = values.get(TcpSettings.TIME_WAIT).toNanos();
        finWait2Nanos = values.get(TcpSettings.FIN_WAIT_2).toNanos();
        initialWindowSegments = values.get(TcpSettings.INITIAL_WINDOW);
        burstSegments = values.get(TcpSettings.BURST_SEGMENTS);
        challengeAcksPerInterval = values.get(TcpSettings.CHALLENGE_ACKS);
        challengeIntervalNanos = values.get(TcpSettings.CHALLENGE_INTERVAL).toNanos();
        stalledPeerNanos = values.get(TcpSettings.STALLED_PEER).toNanos();
        slowPeerNanos = values.get(TcpSettings.SLOW_PEER).toNanos();
        ephemeralLow = values.get(TcpSettings.FIRST_LOCAL_PORT);
        ephemeralHigh = values.get(TcpSettings.LAST_LOCAL_PORT);
        Long max = values.get(TcpSettings.MAX_RECEIVE_BUFFER);
        maxReceiveBufferBytes = max == null ? receiveBufferBytes : Math.toIntExact(max);
        noDelay = values.get(TcpSettings.NO_DELAY);
        cork = values.get(TcpSettings.CORK);
        userTimeoutNanos = values.get(TcpSettings.USER_TIMEOUT).toNanos();
        keepAliveIdleNanos = values.get(TcpSettings.KEEP_ALIVE_IDLE).toNanos();
        keepAliveIntervalNanos = values.get(TcpSettings.KEEP_ALIVE_INTERVAL).toNanos();
        keepAliveProbes = values.get(TcpSettings.KEEP_ALIVE_PROBES);
        congestionControl = congestionAlgorithms.find(values.get(TcpSettings.CONGESTION_CONTROL));
        if (congestionControl == null) {
            throw new ConfigurationException(
                    values.said(TcpSettings.CONGESTION_CONTROL) + ": expected one of " + congestionAlgorithms.names());
        }
    }

    /** The defaults. */
    public static TcpConfig defaults() {
        return DEFAULTS;
    }

    /**
     * What was set; of what was not, the defaults.
     *
     * @throws ConfigurationException in one line, if no congestion control of the name is installed
     */
    public static TcpConfig of(SettingValues values) {
        return of(values, CongestionAlgorithms.installed());
    }

    /**
     * What was set; of what was not, the defaults.
     *
     * @param known which congestion controls there are
     * @throws ConfigurationException in one line, if the one of the setting is not among them
     */
    public static TcpConfig of(SettingValues values, CongestionAlgorithms known) {
        return new TcpConfig(values, known);
    }

    /**
     * The same with another value.
     *
     * @throws ConfigurationException in one line, if the setting cannot have it
     */
    public <T> TcpConfig with(Setting<T> setting, T value) {
        return new TcpConfig(values.with(setting, value, "TcpConfig"), congestionAlgorithms);
    }

    /** The same with another amount of memory. */
    public TcpConfig with(Setting<Long> setting, long bytes) {
        return with(setting, Long.valueOf(bytes));
    }

    /** {@link TcpSettings#MAX_CONNECTIONS}. */
    public int maxSockets() {
        return maxSockets;
    }

    /** {@link TcpSettings#MAX_HALF_OPEN}. */
    public int maxHalfOpen() {
        return maxHalfOpen;
    }

    /** {@link TcpSettings#MAX_TIME_WAIT}. */
    public int maxTimeWait() {
        return maxTimeWait;
    }

    /** {@link TcpSettings#RECEIVE_BUFFER}. */
    public int receiveBufferBytes() {
        return receiveBufferBytes;
    }

    /** {@link TcpSettings#INITIAL_RECEIVE_WINDOW}. */
    public int initialReceiveWindowBytes() {
        return initialReceiveWindowBytes;
    }

    /** {@link TcpSettings#SEND_BUFFER}. */
    public int sendBufferBytes() {
        return sendBufferBytes;
    }

    /** {@link TcpSettings#MAX_PENDING_PUSHES}. */
    public int maxPendingPushes() {
        return maxPendingPushes;
    }

    /** {@link TcpSettings#MAX_UNREAD_FRAMES}. */
    public int maxReceiveFrames() {
        return maxReceiveFrames;
    }

    /** {@link TcpSettings#COALESCE_BEYOND_FRAMES}. */
    public int coalesceBeyondFrames() {
        return coalesceBeyondFrames;
    }

    /** {@link TcpSettings#MAX_OUT_OF_ORDER_FRAMES}. */
    public int maxOutOfOrderFrames() {
        return maxOutOfOrderFrames;
    }

    /** {@link TcpSettings#FLIGHT_FRAMES}. */
    public int flightFrames() {
        return flightFrames;
    }

    /** {@link TcpSettings#MIN_RTO}. */
    public long minRtoNanos() {
        return minRtoNanos;
    }

    /** {@link TcpSettings#INITIAL_RTO}. */
    public long initialRtoNanos() {
        return initialRtoNanos;
    }

    /** {@link TcpSettings#MAX_RTO}. */
    public long maxRtoNanos() {
        return maxRtoNanos;
    }

    /** {@link TcpSettings#SYN_RETRIES}. */
    public int synRetries() {
        return synRetries;
    }

    /** {@link TcpSettings#SYN_ACK_RETRIES}. */
    public int synAckRetries() {
        return synAckRetries;
    }

    /** {@link TcpSettings#DATA_RETRIES}. */
    public int dataRetries() {
        return dataRetries;
    }

    /** {@link TcpSettings#ORPHAN_PROBES}. */
    public int orphanProbes() {
        return orphanProbes;
    }

    /** {@link TcpSettings#DELAYED_ACK}. */
    public long delayedAckNanos() {
        return delayedAckNanos;
    }

    /** {@link TcpSettings#TIME_WAIT}. */
    public long timeWaitNanos() {
        return timeWaitNanos;
    }

    /** {@link TcpSettings#FIN_WAIT_2}. */
    public long finWait2Nanos() {
        return finWait2Nanos;
    }

    /** {@link TcpSettings#INITIAL_WINDOW}. */
    public int initialWindowSegments() {
        return initialWindowSegments;
    }

    /** {@link TcpSettings#BURST_SEGMENTS}. */
    public int burstSegments() {
        return burstSegments;
    }

    /** {@link TcpSettings#CHALLENGE_ACKS}. */
    public int challengeAcksPerInterval() {
        return challengeAcksPerInterval;
    }

    /** {@link TcpSettings#CHALLENGE_INTERVAL}. */
    public long challengeIntervalNanos() {
        return challengeIntervalNanos;
    }

    /** {@link TcpSettings#STALLED_PEER}. */
    public long stalledPeerNanos() {
        return stalledPeerNanos;
    }

    /** {@link TcpSettings#SLOW_PEER}. */
    public long slowPeerNanos() {
        return slowPeerNanos;
    }

    /** {@link TcpSettings#FIRST_LOCAL_PORT}. */
    public int ephemeralLow() {
        return ephemeralLow;
    }

    /** {@link TcpSettings#LAST_LOCAL_PORT}. */
    public int ephemeralHigh() {
        return ephemeralHigh;
    }

    /** {@link TcpSettings#MAX_RECEIVE_BUFFER}. */
    public int maxReceiveBufferBytes() {
        return maxReceiveBufferBytes;
    }

    /** {@link TcpSettings#NO_DELAY}. */
    public boolean noDelay() {
        return noDelay;
    }

    /** {@link TcpSettings#CORK}. */
    public boolean cork() {
        return cork;
    }

    /** {@link TcpSettings#USER_TIMEOUT}. */
    public long userTimeoutNanos() {
        return userTimeoutNanos;
    }

    /** {@link TcpSettings#KEEP_ALIVE_IDLE}. */
    public long keepAliveIdleNanos() {
        return keepAliveIdleNanos;
    }

    /** {@link TcpSettings#KEEP_ALIVE_INTERVAL}. */
    public long keepAliveIntervalNanos() {
        return keepAliveIntervalNanos;
    }

    /** {@link TcpSettings#KEEP_ALIVE_PROBES}. */
    public int keepAliveProbes() {
        return keepAliveProbes;
    }

    /** {@link TcpSettings#CONGESTION_CONTROL}. */
    public CongestionAlgorithm congestionControl() {
        return congestionControl;
    }

    /** Those that a queue can choose from. */
    public CongestionAlgorithms congestionAlgorithms() {
        return congestionAlgorithms;
    }
}
