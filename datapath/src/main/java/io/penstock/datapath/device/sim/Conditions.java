package io.penstock.datapath.device.sim;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;
import java.util.Locale;

/**
 * What one direction of a simulated wire does to packets. Fresh conditions are a perfect wire: no delay, no loss.
 *
 * <p>Set it up, then give it to a wire, which copies it. Probabilities are in percent of packets, each drawn on its own
 * from the seed, so that a run can be repeated exactly.
 */
public final class Conditions {
    private static final String[] OPTIONS = {
        "loss", "reorder", "dup", "corrupt", "delay", "jitter", "hold", "rate", "seed", "mtu", "capture"
    };

    double lossPercent;
    double reorderPercent;
    double duplicatePercent;
    double corruptPercent;
    long delayNanos;
    long jitterNanos;
    /** How far a reordered packet falls behind at most. */
    long holdNanos = 100_000;

    long bitsPerSecond;
    long seed = 1;

    /** A perfect wire. */
    public Conditions() {}

    Conditions(Conditions other) {
        lossPercent = other.lossPercent;
        reorderPercent = other.reorderPercent;
        duplicatePercent = other.duplicatePercent;
        corruptPercent = other.corruptPercent;
        delayNanos = other.delayNanos;
        jitterNanos = other.jitterNanos;
        holdNanos = other.holdNanos;
        bitsPerSecond = other.bitsPerSecond;
        seed = other.seed;
    }

    /** How many packets vanish. */
    public Conditions lossPercent(double percent) {
        lossPercent = checkPercent(percent);
        return this;
    }

    /** How many packets are held back while those behind them pass. */
    public Conditions reorderPercent(double percent) {
        reorderPercent = checkPercent(percent);
        return this;
    }

    /** How many packets arrive twice. */
    public Conditions duplicatePercent(double percent) {
        duplicatePercent = checkPercent(percent);
        return this;
    }

    /** How many packets arrive with one bit turned over. */
    public Conditions corruptPercent(double percent) {
        corruptPercent = checkPercent(percent);
        return this;
    }

    /** How long every packet travels. */
    public Conditions delayNanos(long nanos) {
        delayNanos = checkDuration(nanos);
        return this;
    }

    /** How much longer a packet travels at most; packets keep their order unless they are reordered. */
    public Conditions jitterNanos(long nanos) {
        jitterNanos = checkDuration(nanos);
        return this;
    }

    /** How far a reordered packet falls behind at most. */
    public Conditions holdNanos(long nanos) {
        holdNanos = checkDuration(nanos);
        return this;
    }

    /** How fast bits go onto the wire; 0 for no limit. */
    public Conditions bitsPerSecond(long bits) {
        if (bits < 0) {
            throw new IllegalArgumentException("a rate is not negative: " + bits);
        }
        bitsPerSecond = bits;
        return this;
    }

    /** Where all chance comes from. */
    public Conditions seed(long value) {
        seed = value;
        return this;
    }

    /**
     * Reads {@code loss=5,reorder=5,dup=1,corrupt=0.1,delay=50us,jitter=10us,hold=100us,rate=1g,seed=7}.
     *
     * @throws ConfigurationException if an option is unknown or its value makes no sense
     */
    static Conditions of(DeviceSpec spec) {
        spec.allowOnly(OPTIONS);
        Conditions c = new Conditions();
        try {
            c.lossPercent(Double.parseDouble(spec.option("loss", "0")));
            c.reorderPercent(Double.parseDouble(spec.option("reorder", "0")));
            c.duplicatePercent(Double.parseDouble(spec.option("dup", "0")));
            c.corruptPercent(Double.parseDouble(spec.option("corrupt", "0")));
            c.delayNanos(duration(spec.option("delay", "0us")));
            c.jitterNanos(duration(spec.option("jitter", "0us")));
            c.holdNanos(duration(spec.option("hold", "100us")));
            c.bitsPerSecond(rate(spec.option("rate", "0")));
            c.seed(Long.parseLong(spec.option("seed", "1")));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException(
                    "options of device '" + spec
                            + "': expected for example loss=5,reorder=5,dup=1,corrupt=0.1 (percent), delay=50us,jitter=10us,hold=100us, rate=1g, seed=7",
                    e);
        }
        return c;
    }

    private static long duration(String text) {
        String t = text.toLowerCase(Locale.ROOT);
        if (t.endsWith("us")) {
            return Math.round(Double.parseDouble(t.substring(0, t.length() - 2)) * 1e3);
        }
        if (t.endsWith("ms")) {
            return Math.round(Double.parseDouble(t.substring(0, t.length() - 2)) * 1e6);
        }
        if (t.endsWith("ns")) {
            return Long.parseLong(t.substring(0, t.length() - 2));
        }
        if (t.endsWith("s")) {
            return Math.round(Double.parseDouble(t.substring(0, t.length() - 1)) * 1e9);
        }
        throw new NumberFormatException(text);
    }

    private static long rate(String text) {
        String t = text.toLowerCase(Locale.ROOT);
        long unit = t.endsWith("k") ? 1_000 : t.endsWith("m") ? 1_000_000 : t.endsWith("g") ? 1_000_000_000 : 1;
        return Math.round(Double.parseDouble(unit == 1 ? t : t.substring(0, t.length() - 1)) * unit);
    }

    private static double checkPercent(double percent) {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("a share of packets lies between 0 and 100 percent, not at " + percent);
        }
        return percent;
    }

    private static long checkDuration(long nanos) {
        if (nanos < 0 || nanos > 3_600_000_000_000L) {
            throw new IllegalArgumentException("a delay lies between 0 and an hour, not at " + nanos + " ns");
        }
        return nanos;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "loss %s %%, reorder %s %%, dup %s %%, corrupt %s %%, delay %d us, jitter %d us, rate %d, seed %d",
                lossPercent,
                reorderPercent,
                duplicatePercent,
                corruptPercent,
                delayNanos / 1000,
                jitterNanos / 1000,
                bitsPerSecond,
                seed);
    }
}
