package io.penstock.benchmarks.load;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What one measurement found.
 *
 * @param requests answered in the measured part
 * @param elapsedNanos how long that part was
 * @param faults what went wrong in it
 * @param cost what it cost both ends
 * @param latency the usual percentiles
 * @param histogram all latencies in nanoseconds, HdrHistogram's compressed form in base 64
 */
public record LoadResult(
        long requests, long elapsedNanos, Faults faults, Cost cost, Latency latency, String histogram) {
    /**
     * What went wrong.
     *
     * @param lost datagrams without an answer in time
     * @param late answers that came after that
     * @param wrong answers that were not the request's bytes
     */
    public record Faults(long lost, long late, long wrong) {}

    /**
     * Processor time in the measured part, nanoseconds.
     *
     * @param clientNanos the load generator's process
     * @param serverNanos the server's process, all threads; 0 if nobody asked. A server that spins is always busy
     * @param loopBusyNanos what a Penstock server counts as busy: turns of its loop in which something happened; -1 if
     *     it is none
     * @param stolenNanos what the hypervisor took from all cores
     */
    public record Cost(long clientNanos, long serverNanos, long loopBusyNanos, long stolenNanos) {}

    /** Round trips in nanoseconds, below which so many of a hundred lie. */
    public record Latency(long p50, long p90, long p99, long p999, long max) {
        /** Reads them from a histogram. */
        public static Latency of(Histogram latencies) {
            return new Latency(
                    latencies.getValueAtPercentile(50),
                    latencies.getValueAtPercentile(90),
                    latencies.getValueAtPercentile(99),
                    latencies.getValueAtPercentile(99.9),
                    latencies.getMaxValue());
        }
    }

    /** Requests answered a second. */
    @JsonIgnore
    public double requestsPerSecond() {
        return requests * 1e9 / elapsedNanos;
    }

    /** The latencies. */
    @JsonIgnore
    public Histogram latencies() {
        try {
            return Histogram.decodeFromCompressedByteBuffer(
                    ByteBuffer.wrap(Base64.getDecoder().decode(histogram)), 0);
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("not a histogram", e);
        }
    }

    static String encode(Histogram latencies) {
        ByteBuffer buffer = ByteBuffer.allocate(latencies.getNeededByteBufferCapacity());
        int length = latencies.encodeIntoCompressedByteBuffer(buffer);
        byte[] bytes = new byte[length];
        buffer.rewind().get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
