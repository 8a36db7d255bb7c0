package io.penstock.libos.tcp.congestion;

import io.penstock.datapath.ConfigurationException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The congestion controls that a stack knows. Immutable. */
public final class CongestionAlgorithms {
    /** Those that Penstock brings itself. */
    public static final CongestionAlgorithms BUILT_IN = new CongestionAlgorithms(List.of(CongestionAlgorithm.NEWRENO));

    private final List<CongestionAlgorithm> all;

    private CongestionAlgorithms(List<CongestionAlgorithm> all) {
        this.all = all;
    }

    /**
     * Penstock's own, and those of the {@link CongestionControlProvider}s on the class path or module path.
     *
     * @throws ConfigurationException in one line, if one cannot be loaded, or two are called the same
     */
    public static CongestionAlgorithms installed() {
        CongestionAlgorithms known = BUILT_IN;
        try {
            for (CongestionControlProvider each : ServiceLoader.load(CongestionControlProvider.class)) {
                known = known.with(CongestionAlgorithm.of(each.name(), each::make));
            }
        } catch (ServiceConfigurationError e) {
            throw new ConfigurationException("a congestion control cannot be loaded: " + e.getMessage(), e);
        }
        return known;
    }

    /**
     * With one more.
     *
     * @throws ConfigurationException in one line, if there is one of this name
     */
    public CongestionAlgorithms with(CongestionAlgorithm another) {
        if (find(another.name()) != null) {
            throw new ConfigurationException("two congestion controls are called '" + another.name()
                    + "': expected another name for one of them");
        }
        List<CongestionAlgorithm> more = new ArrayList<>(all);
        more.add(another);
        return new CongestionAlgorithms(List.copyOf(more));
    }

    /** The one of this name, or null. */
    public CongestionAlgorithm find(String name) {
        for (CongestionAlgorithm each : all) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        return null;
    }

    /** What they are called, for a complaint: {@code newreno, mine}. */
    public String names() {
        return all.stream().map(CongestionAlgorithm::name).collect(Collectors.joining(", "));
    }
}
