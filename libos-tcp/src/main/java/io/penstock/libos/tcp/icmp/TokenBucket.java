package io.penstock.libos.tcp.icmp;

import java.util.SplittableRandom;

/**
 * Lets so many events a second pass, and a burst of some.
 *
 * <p>How many tokens a refill brings varies a little by chance. A limit that is exact can be counted out from afar: an
 * attacker who knows how many errors are left learns which ports of another host are open (CVE-2020-25705).
 */
final class TokenBucket {
    private static final long REFILL_NANOS = 20_000_000L;

    private final int tokensPerRefill;
    private final int burst;
    private final SplittableRandom random;
    private int tokens;
    private long refilledNanos;

    TokenBucket(int perSecond, int burst, long seed, long nowNanos) {
        this.tokensPerRefill = Math.max(1, (int) (perSecond * REFILL_NANOS / 1_000_000_000L));
        this.burst = burst;
        this.random = new SplittableRandom(seed);
        this.tokens = burst;
        this.refilledNanos = nowNanos;
    }

    boolean take(long nowNanos) {
        long elapsed = nowNanos - refilledNanos;
        if (elapsed >= REFILL_NANOS) {
            long refills = Math.min(elapsed / REFILL_NANOS, burst);
            int fewer = random.nextInt(1 + Math.min(3, tokensPerRefill / 2));
            tokens = (int) Math.min(burst - fewer, tokens + refills * tokensPerRefill - fewer);
            refilledNanos = nowNanos;
        }
        if (tokens <= 0) {
            return false;
        }
        tokens--;
        return true;
    }
}
