package io.penstock.benchmarks.bulk;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The bytes of one connection: random ones from a seed, with a SHA-256 over what went and one over what came back. */
final class HashedStream {
    private final SplittableRandom random;
    private final long lengthBytes;
    private final MessageDigest sent = sha256();
    private final MessageDigest received = sha256();
    private long sentBytes;
    private long receivedBytes;

    HashedStream(long seed, long lengthBytes) {
        this.random = new SplittableRandom(seed);
        this.lengthBytes = lengthBytes;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** The next bytes to send. Returns how many, 0 at the end. */
    int produce(byte[] into, int max) {
        int count = (int) Math.min(Math.min(into.length, max), lengthBytes - sentBytes);
        if (count == into.length) {
            random.nextBytes(into);
        } else {
            byte[] rest = new byte[count];
            random.nextBytes(rest);
            System.arraycopy(rest, 0, into, 0, count);
        }
        sent.update(into, 0, count);
        sentBytes += count;
        return count;
    }

    /** Whether everything was produced. */
    boolean isProduced() {
        return sentBytes == lengthBytes;
    }

    /** Bytes that came back. */
    void consume(byte[] bytes, int count) {
        received.update(bytes, 0, count);
        receivedBytes += count;
    }

    long receivedBytes() {
        return receivedBytes;
    }

    /** How many bytes did not come back, or came back too often. */
    long missingBytes() {
        return Math.abs(lengthBytes - receivedBytes);
    }

    /** Whether what came back is what went. Ends both sums. */
    boolean isEqual() {
        return Arrays.equals(sent.digest(), received.digest()) && receivedBytes == lengthBytes;
    }
}
