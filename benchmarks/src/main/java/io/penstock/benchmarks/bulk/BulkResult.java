package io.penstock.benchmarks.bulk;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;

/**
 * What became of the bytes.
 *
 * @param connections how many there were at once
 * @param totalBytes how many were to go there and back, over all
 * @param elapsedNanos from the first connect to the last byte; on the wire's own clock, which may be a virtual one
 * @param differing connections on which other bytes came back than went
 * @param missingBytes how many did not come back, or came twice
 */
public record BulkResult(int connections, long totalBytes, long elapsedNanos, int differing, long missingBytes) {
    /** Looks at streams that have ended. */
    static BulkResult of(List<HashedStream> streams, long totalBytes, long elapsedNanos) {
        int differing = 0;
        long missing = 0;
        for (HashedStream stream : streams) {
            missing += stream.missingBytes();
            differing += stream.isEqual() ? 0 : 1;
        }
        return new BulkResult(streams.size(), totalBytes, elapsedNanos, differing, missing);
    }

    /** Bytes that went there and back in a second. */
    @JsonIgnore
    public double bytesPerSecond() {
        return totalBytes * 1e9 / elapsedNanos;
    }
}
