package io.penstock.libos.tcp.congestion;

import io.penstock.datapath.ConfigurationException;
import java.util.Objects;
import java.util.function.Supplier;

/** A congestion control by its name, and where each connection gets an object of it. Immutable. */
public final class CongestionAlgorithm {
    /** NewReno: slow start, congestion avoidance, fast recovery (RFC 5681, RFC 6582). */
    public static final CongestionAlgorithm NEWRENO = new CongestionAlgorithm("newreno", NewReno::new);

    private static final String FORM = "[a-z0-9][a-z0-9.-]{0,31}";

    private final String name;
    private final Supplier<? extends CongestionControl> supplier;

    private CongestionAlgorithm(String name, Supplier<? extends CongestionControl> supplier) {
        this.name = name;
        this.supplier = Objects.requireNonNull(supplier, "supplier");
    }

    /**
     * One of the application's own.
     *
     * @param name 1 to 32 lower-case letters, digits, points and hyphens
     * @param supplier makes one object for each connection, on the stack's thread; never null
     * @throws ConfigurationException in one line, if it cannot be called so
     */
    public static CongestionAlgorithm of(String name, Supplier<? extends CustomCongestionControl> supplier) {
        if (!isName(name)) {
            throw new ConfigurationException("'" + name + "' is no name for a congestion control: expected 1 to 32"
                    + " lower-case letters, digits, points and hyphens");
        }
        return new CongestionAlgorithm(name, supplier);
    }

    /** Whether one can be called so. */
    public static boolean isName(String text) {
        return text.matches(FORM);
    }

    /** What it is called where text is given. */
    public String name() {
        return name;
    }

    /** One more, for a connection. */
    public CongestionControl make() {
        CongestionControl made = supplier.get();
        if (made == null) {
            throw new IllegalStateException("the supplier of congestion control '" + name + "' returned null");
        }
        return made;
    }

    @Override
    public String toString() {
        return name;
    }
}
