package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.QueueOption;
import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import java.time.Duration;

/**
 * What can be set of a TCP queue. Queues that differ in nothing share one object, which lies in the cache while their own
 * control blocks do not: it never changes, but is replaced.
 */
final class ConnectionOptions {
    private final TcpConfig config;
    private boolean noDelay;
    boolean cork;
    /** Whether a short segment may have to wait, be it for an acknowledgement or for more. */
    boolean holdsBack;

    int receiveBufferBytes;
    int sendBufferBytes;
    long delayedAckNanos;
    /** 0: by the number of retries. */
    long userTimeoutNanos;
    /** Null: a silent peer is never asked. */
    KeepAlive keepAlive;

    private long keepAliveIdleNanos;
    private long keepAliveIntervalNanos;
    private int keepAliveProbes;
    CongestionAlgorithm congestionControl;
    /** The same, corked or not: who corks and uncorks for each answer makes no garbage. */
    private ConnectionOptions twin;

    /** Those that a queue begins with. */
    ConnectionOptions(TcpConfig config) {
        this.config = config;
        noDelay = config.noDelay();
        cork = config.cork();
        receiveBufferBytes = config.receiveBufferBytes();
        sendBufferBytes = config.sendBufferBytes();
        delayedAckNanos = config.delayedAckNanos();
        userTimeoutNanos = config.userTimeoutNanos();
        keepAliveIdleNanos = config.keepAliveIdleNanos();
        keepAliveIntervalNanos = config.keepAliveIntervalNanos();
        keepAliveProbes = config.keepAliveProbes();
        congestionControl = config.congestionControl();
        conclude();
    }

    private ConnectionOptions(ConnectionOptions other) {
        config = other.config;
        noDelay = other.noDelay;
        cork = other.cork;
        receiveBufferBytes = other.receiveBufferBytes;
        sendBufferBytes = other.sendBufferBytes;
        delayedAckNanos = other.delayedAckNanos;
        userTimeoutNanos = other.userTimeoutNanos;
        keepAliveIdleNanos = other.keepAliveIdleNanos;
        keepAliveIntervalNanos = other.keepAliveIntervalNanos;
        keepAliveProbes = other.keepAliveProbes;
        congestionControl = other.congestionControl;
    }

    private ConnectionOptions conclude() {
        holdsBack = cork || !noDelay;
        keepAlive = keepAliveIdleNanos == 0
                ? null
                : new KeepAlive(keepAliveIdleNanos, keepAliveIntervalNanos, keepAliveProbes);
        return this;
    }

    boolean noDelay() {
        return noDelay;
    }

    boolean get(QueueOption.Flag option) {
        return switch (option) {
            case NO_DELAY -> noDelay;
            case CORK -> cork;
        };
    }

    long get(QueueOption.Amount option) {
        return switch (option) {
            case RECEIVE_BUFFER_BYTES -> receiveBufferBytes;
            case SEND_BUFFER_BYTES -> sendBufferBytes;
            case DELAYED_ACK_NANOS -> delayedAckNanos;
            case KEEP_ALIVE_IDLE_NANOS -> keepAliveIdleNanos;
            case KEEP_ALIVE_INTERVAL_NANOS -> keepAliveIntervalNanos;
            case KEEP_ALIVE_PROBES -> keepAliveProbes;
            case USER_TIMEOUT_NANOS -> userTimeoutNanos;
        };
    }

    String get(QueueOption.Name option) {
        return switch (option) {
            case CONGESTION_CONTROL -> congestionControl.name();
        };
    }

    /** The same with another value. */
    ConnectionOptions with(QueueOption.Flag option, boolean value) {
        if (get(option) == value) {
            return this;
        }
        if (option == QueueOption.Flag.CORK && twin != null) {
            return twin;
        }
        ConnectionOptions other = new ConnectionOptions(this);
        switch (option) {
            case NO_DELAY -> other.noDelay = value;
            case CORK -> {
                other.cork = value;
                other.twin = this;
                twin = other;
            }
        }
        return other.conclude();
    }

    /** The same with another value, or null if it is out of its range. */
    ConnectionOptions with(QueueOption.Amount option, long value) {
        if (!canBe(option, value)) {
            return null;
        }
        if (get(option) == value) {
            return this;
        }
        ConnectionOptions other = new ConnectionOptions(this);
        switch (option) {
            case RECEIVE_BUFFER_BYTES -> other.receiveBufferBytes = (int) value;
            case SEND_BUFFER_BYTES -> other.sendBufferBytes = (int) value;
            case DELAYED_ACK_NANOS -> other.delayedAckNanos = value;
            case KEEP_ALIVE_IDLE_NANOS -> other.keepAliveIdleNanos = value;
            case KEEP_ALIVE_INTERVAL_NANOS -> other.keepAliveIntervalNanos = value;
            case KEEP_ALIVE_PROBES -> other.keepAliveProbes = (int) value;
            case USER_TIMEOUT_NANOS -> other.userTimeoutNanos = value;
        }
        return other.conclude();
    }

    private boolean canBe(QueueOption.Amount option, long value) {
        return switch (option) {
            case RECEIVE_BUFFER_BYTES -> value >= 1 && value <= config.maxReceiveBufferBytes();
            case SEND_BUFFER_BYTES -> TcpSettings.SEND_BUFFER.accepts(value);
            case DELAYED_ACK_NANOS -> isTime(TcpSettings.DELAYED_ACK, value);
            case KEEP_ALIVE_IDLE_NANOS -> isTime(TcpSettings.KEEP_ALIVE_IDLE, value);
            case KEEP_ALIVE_INTERVAL_NANOS -> isTime(TcpSettings.KEEP_ALIVE_INTERVAL, value);
            case USER_TIMEOUT_NANOS -> isTime(TcpSettings.USER_TIMEOUT, value);
            case KEEP_ALIVE_PROBES -> value == (int) value && TcpSettings.KEEP_ALIVE_PROBES.accepts((int) value);
        };
    }

    private static boolean isTime(Setting<Duration> setting, long nanos) {
        return setting.accepts(Duration.ofNanos(nanos));
    }

    /** The same with another congestion control, or null if there is none of this name. */
    ConnectionOptions withCongestionControl(String name) {
        CongestionAlgorithm algorithm = config.congestionAlgorithms().find(name);
        if (algorithm == null || algorithm == congestionControl) {
            return algorithm == null ? null : this;
        }
        ConnectionOptions other = new ConnectionOptions(this).conclude();
        other.congestionControl = algorithm;
        return other;
    }

    /**
     * When a silent peer is asked whether it is still there (RFC 9293, section 3.8.4). Shared by all connections of a listener.
     *
     * @param idleNanos how long nothing may have come before it is asked
     * @param intervalNanos how long an answer may take until it is asked again
     * @param probes how many times it is asked
     */
    record KeepAlive(long idleNanos, long intervalNanos, int probes) {}
}
