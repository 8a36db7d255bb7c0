package io.penstock.libos.tcp.config;

import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import java.time.Duration;
import java.util.List;

/** The settings of TCP. Each one's {@link Setting#help()} says what it means, and which document asks for it. */
public final class TcpSettings {
    /** What a window can be at most (RFC 7323, section 2.3). */
    private static final long MAX_WINDOW = 65_535L << 14;

    /** How many TCP connections and queues there can be at once, those included whose queue is closed or not accepted yet. */
    public static final Setting<Integer> MAX_CONNECTIONS = Setting.number(
            "tcp.max-connections",
            16_384,
            1,
            1 << 20,
            "how many TCP connections and queues there can be at once, those included whose queue is closed "
                    + "or not accepted yet; 16 to 32 bytes of Java heap each in any case, about 1 KiB once it "
                    + "was open, and frames for what is under way or unread");

    /** How many connections may be in their handshake at once, beyond which the oldest is forgotten. */
    public static final Setting<Integer> MAX_HALF_OPEN = Setting.number(
            "tcp.max-half-open",
            32_768,
            1,
            1 << 22,
            "how many connections may be in their handshake at once, beyond which the oldest is forgotten; "
                    + "about 110 bytes each (RFC 4987, section 3.4)");

    /** How many finished connections are remembered at once, beyond which the oldest is forgotten. */
    public static final Setting<Integer> MAX_TIME_WAIT = Setting.number(
            "tcp.max-time-wait",
            16_384,
            1,
            1 << 22,
            "how many finished connections are remembered at once, beyond which the oldest is forgotten; "
                    + "about 90 bytes each");

    /** How much a peer may have under way or unread. */
    public static final Setting<Long> RECEIVE_BUFFER = Setting.size(
            "tcp.receive-buffer",
            256L << 10,
            1,
            MAX_WINDOW,
            "how much a peer may have under way or unread; the window scale follows from it (RFC 7323, "
                    + "section 2)");

    /** The most that a queue may ask for as its own. */
    public static final Setting<Long> MAX_RECEIVE_BUFFER = Setting.size(
                    "tcp.max-receive-buffer",
                    null,
                    1,
                    MAX_WINDOW,
                    "the most that one queue may set its receive buffer to; the window scale of all connections follows"
                            + " from it")
            .unlessSet("tcp.receive-buffer");

    /** How wide the window of a new connection is at most. */
    public static final Setting<Long> INITIAL_RECEIVE_WINDOW = Setting.size(
            "tcp.initial-receive-window",
            64L << 10,
            1,
            MAX_WINDOW,
            "how wide the window of a new connection is at most; it widens to tcp.receive-buffer as the "
                    + "application reads");

    /** From how many unacknowledged bytes on no further push is taken. */
    public static final Setting<Long> SEND_BUFFER = Setting.size(
            "tcp.send-buffer",
            256L << 10,
            1,
            1L << 30,
            "from how many unacknowledged bytes on no further push is taken; the push that crosses the line "
                    + "still is");

    /** How many pushes of one connection may wait for their acknowledgement. */
    public static final Setting<Integer> MAX_PENDING_PUSHES = Setting.number(
            "tcp.max-pending-pushes",
            256,
            1,
            1 << 20,
            "how many pushes of one connection may wait for their acknowledgement");

    /** How many frames of unread data one connection may keep. */
    public static final Setting<Integer> MAX_UNREAD_FRAMES = Setting.number(
            "tcp.max-unread-frames",
            512,
            1,
            1 << 20,
            "how many frames of unread data one connection may keep; what fits no more is dropped and comes "
                    + "again");

    /**
     * From how many unread frames on whatever fits is copied behind the last one, so that no peer pins a frame with one
     * byte.
     */
    public static final Setting<Integer> COALESCE_BEYOND_FRAMES = Setting.number(
            "tcp.coalesce-beyond-frames",
            32,
            1,
            1 << 20,
            "from how many unread frames on whatever fits is copied behind the last one, so that no peer "
                    + "pins a frame with one byte");

    /** How many segments of one connection may wait behind gaps. */
    public static final Setting<Integer> MAX_OUT_OF_ORDER_FRAMES = Setting.number(
            "tcp.max-out-of-order-frames",
            256,
            1,
            1 << 20,
            "how many segments of one connection may wait behind gaps; those that were copied together count "
                    + "as one");

    /** How many packets may be on their way to the stack at once, over all connections. */
    public static final Setting<Integer> FLIGHT_FRAMES = Setting.number(
            "tcp.flight-frames",
            2_048,
            1,
            1 << 22,
            "how many packets may be on their way to the stack at once, over all connections: about what the "
                    + "device's receive ring holds");

    /** The least retransmission timeout. */
    public static final Setting<Duration> MIN_RTO = Setting.time(
            "tcp.min-rto",
            millis(200),
            millis(1),
            seconds(60),
            "the least retransmission timeout: RFC 6298 asks for 1 s, Linux uses 200 ms, as peers answer "
                    + "within 40 ms even when they delay");

    /** The retransmission timeout before a round trip was measured (RFC 6298, section 2.1). */
    public static final Setting<Duration> INITIAL_RTO = Setting.time(
            "tcp.initial-rto",
            seconds(1),
            millis(1),
            seconds(60),
            "the retransmission timeout before a round trip was measured (RFC 6298, section 2.1)");

    /** The longest retransmission timeout (RFC 6298, section 2.5). */
    public static final Setting<Duration> MAX_RTO = Setting.time(
            "tcp.max-rto",
            seconds(60),
            millis(1),
            seconds(3600),
            "the longest retransmission timeout (RFC 6298, section 2.5)");

    /** How often a SYN is sent again before a connect ends with TIMED_OUT. */
    public static final Setting<Integer> SYN_RETRIES = Setting.number(
            "tcp.syn-retries",
            7,
            1,
            100,
            "how often a SYN is sent again before a connect ends with TIMED_OUT; 7 make 183 s (RFC 9293, "
                    + "MUST-23: at least 3 minutes)");

    /** How often a SYN-ACK is sent again before a connection in its handshake is forgotten. */
    public static final Setting<Integer> SYN_ACK_RETRIES = Setting.number(
            "tcp.syn-ack-retries",
            5,
            1,
            100,
            "how often a SYN-ACK is sent again before a connection in its handshake is forgotten; 5 make 63 " + "s");

    /** How often data is sent again without any progress before the connection ends with TIMED_OUT (RFC 9293, MUST-20). */
    public static final Setting<Integer> DATA_RETRIES = Setting.number(
            "tcp.data-retries",
            15,
            1,
            100,
            "how often data is sent again without any progress before the connection ends with TIMED_OUT "
                    + "(RFC 9293, MUST-20: R2)");

    /** How long data may stay unacknowledged before the connection ends with TIMED_OUT. */
    public static final Setting<Duration> USER_TIMEOUT = Setting.time(
            "tcp.user-timeout",
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofDays(30),
            "how long data or a FIN may stay unacknowledged, or wait for a window that stays shut, before the"
                    + " connection ends with TIMED_OUT; also how long a peer may not answer keep-alive; 0: by the"
                    + " number of retries or probes (RFC 9293, section 3.8.3; TCP_USER_TIMEOUT in Linux)");

    /** How many probes of a zero window a connection gets whose queue is closed, even if the peer answers. */
    public static final Setting<Integer> ORPHAN_PROBES = Setting.number(
            "tcp.orphan-probes",
            8,
            1,
            100,
            "how many probes of a zero window a connection gets whose queue is closed, even if the peer " + "answers");

    /** How long an acknowledgement may wait for data to travel with. */
    public static final Setting<Duration> DELAYED_ACK = Setting.time(
            "tcp.delayed-ack",
            micros(500),
            Duration.ZERO,
            millis(500),
            "how long an acknowledgement may wait for data to travel with: at most 500 ms (RFC 9293, "
                    + "MUST-60), 40 ms in Linux; 500 us never hold up a sender in slow start; 0: until"
                    + " the turn's end");

    /** How long a finished connection's ports stay blocked. */
    public static final Setting<Duration> TIME_WAIT = Setting.time(
            "tcp.time-wait",
            seconds(60),
            millis(1),
            seconds(3600),
            "how long a finished connection's ports stay blocked: twice the maximum segment lifetime (RFC "
                    + "9293, section 3.6.1)");

    /** How long a connection whose queue is closed waits for the peer's FIN. */
    public static final Setting<Duration> FIN_WAIT_2 = Setting.time(
            "tcp.fin-wait-2",
            seconds(60),
            millis(1),
            seconds(3600),
            "how long a connection whose queue is closed waits for the peer's FIN");

    /** How many segments may be sent before the first acknowledgement (RFC 6928). */
    public static final Setting<Integer> INITIAL_WINDOW = Setting.number(
            "tcp.initial-window",
            10,
            1,
            1_000,
            "how many segments may be sent before the first acknowledgement (RFC 6928)");

    /** How many segments one connection may send in one turn of the loop, so that others get theirs. */
    public static final Setting<Integer> BURST_SEGMENTS = Setting.number(
            "tcp.burst-segments",
            64,
            1,
            1 << 16,
            "how many segments one connection may send in one turn of the loop, so that others get theirs");

    /** How many challenge ACKs one connection sends in tcp.challenge-interval (RFC 5961, section 7). */
    public static final Setting<Integer> CHALLENGE_ACKS = Setting.number(
            "tcp.challenge-acks",
            10,
            1,
            100,
            "how many challenge ACKs one connection sends in tcp.challenge-interval (RFC 5961, section 7)");

    /** The interval in which tcp.challenge-acks are counted. */
    public static final Setting<Duration> CHALLENGE_INTERVAL = Setting.time(
            "tcp.challenge-interval",
            seconds(5),
            millis(1),
            seconds(3600),
            "the interval in which tcp.challenge-acks are counted");

    /** While frames are few, how long a peer may take nothing that holds more than its share of them. */
    public static final Setting<Duration> STALLED_PEER = Setting.time(
            "tcp.stalled-peer",
            seconds(5),
            millis(1),
            seconds(86_400),
            "while frames are few, how long a peer may take nothing that holds more than its share of them; "
                    + "then it is reset");

    /** While frames are few, how long such a peer may need for all that it held at one moment. */
    public static final Setting<Duration> SLOW_PEER = Setting.time(
            "tcp.slow-peer",
            seconds(30),
            millis(1),
            seconds(86_400),
            "while frames are few, how long such a peer may need for all that it held at one moment; then it "
                    + "is reset");

    /** The first of the local ports that are chosen from when the application names none (RFC 6056). */
    public static final Setting<Integer> FIRST_LOCAL_PORT = Setting.number(
            "tcp.first-local-port",
            32_768,
            1,
            65_535,
            "the first of the local ports that are chosen from when the application names none (RFC 6056)");

    /** The last of these ports. */
    public static final Setting<Integer> LAST_LOCAL_PORT =
            Setting.number("tcp.last-local-port", 60_999, 1, 65_535, "the last of these ports");

    /** Whether short segments go at once. */
    public static final Setting<Boolean> NO_DELAY = Setting.flag(
            "tcp.no-delay",
            true,
            "whether a short segment goes at once; if not, it waits until all before it is acknowledged (Nagle; RFC 9293,"
                    + " section 3.7.4)");

    /** Whether short segments wait for more. */
    public static final Setting<Boolean> CORK = Setting.flag(
            "tcp.cork",
            false,
            "whether a short segment waits for what is pushed next, until it is full, or a retransmission timeout has passed");

    /** When a silent peer is asked whether it is still there. */
    public static final Setting<Duration> KEEP_ALIVE_IDLE = Setting.time(
                    "tcp.keep-alive-idle",
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ofDays(30),
                    "how long a peer may have been silent until it is asked whether it is still there; 0: for ever (RFC"
                            + " 9293, section 3.8.4)")
            .unlessSet("0; of echo and kv 1 min");

    /** How long an answer to that may take. */
    public static final Setting<Duration> KEEP_ALIVE_INTERVAL = Setting.time(
            "tcp.keep-alive-interval",
            seconds(20),
            Duration.ofNanos(1),
            Duration.ofDays(30),
            "how long an answer to that may take until it is asked again");

    /** How many questions may go without an answer. */
    public static final Setting<Integer> KEEP_ALIVE_PROBES = Setting.number(
            "tcp.keep-alive-probes",
            3,
            1,
            127,
            "after how many questions without an answer the connection ends with TIMED_OUT; with 1, one lost packet ends"
                    + " it");

    /** How much a connection may have under way. */
    public static final Setting<String> CONGESTION_CONTROL = Setting.text(
            "tcp.congestion-control",
            CongestionAlgorithm.NEWRENO.name(),
            CongestionAlgorithm::isName,
            "newreno, or the name of one's own",
            "what decides how much a connection may have under way: newreno (RFC 5681, RFC 6582), or one that the"
                    + " application or a service provider brings");

    /** All of them, in the order in which they are shown. */
    public static final List<Setting<?>> ALL = List.of(
            MAX_CONNECTIONS,
            MAX_HALF_OPEN,
            MAX_TIME_WAIT,
            RECEIVE_BUFFER,
            MAX_RECEIVE_BUFFER,
            INITIAL_RECEIVE_WINDOW,
            SEND_BUFFER,
            MAX_PENDING_PUSHES,
            MAX_UNREAD_FRAMES,
            COALESCE_BEYOND_FRAMES,
            MAX_OUT_OF_ORDER_FRAMES,
            FLIGHT_FRAMES,
            MIN_RTO,
            INITIAL_RTO,
            MAX_RTO,
            SYN_RETRIES,
            SYN_ACK_RETRIES,
            DATA_RETRIES,
            USER_TIMEOUT,
            ORPHAN_PROBES,
            DELAYED_ACK,
            TIME_WAIT,
            FIN_WAIT_2,
            INITIAL_WINDOW,
            BURST_SEGMENTS,
            CHALLENGE_ACKS,
            CHALLENGE_INTERVAL,
            STALLED_PEER,
            SLOW_PEER,
            FIRST_LOCAL_PORT,
            LAST_LOCAL_PORT,
            NO_DELAY,
            CORK,
            KEEP_ALIVE_IDLE,
            KEEP_ALIVE_INTERVAL,
            KEEP_ALIVE_PROBES,
            CONGESTION_CONTROL);

    private TcpSettings() {}

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(1_000 * micros);
    }
}
