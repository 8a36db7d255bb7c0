package io.penstock.server.process;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counters;
import io.penstock.server.Service;

/**
 * What a {@link ServerProcess} opens and runs. All on the thread that calls {@link ServerProcess#run}, which then owns the stack.
 *
 * @param <O> the libOS
 */
public interface Plan<O extends LibOs> {
    /**
     * Opens the stack, which the process closes.
     *
     * @throws io.penstock.datapath.ConfigurationException in one line, if something that was asked for cannot be had
     */
    O open();

    /** Makes what is served on it. */
    Service serve(O os);

    /** What stands behind {@code ready} and what is served: where, how, for whom. Nothing if nothing is said. */
    default String where(O os) {
        return "";
    }

    /** What stands behind {@code stopped}: counts, as a rule. Nothing if nothing is said. */
    default String total(O os) {
        return "";
    }

    /** Where the process tells how far it is ({@code NAME.ready}), such as the stack's own; null: nowhere. */
    default Counters counters(O os) {
        return null;
    }
}
