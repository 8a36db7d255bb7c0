package io.penstock.libos.tcp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.ServerIdentity;
import io.penstock.datapath.counters.SharedCore;
import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.config.StackSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other processes may see of a stack: a counters file, which says who holds which core and device, unless the
 * application keeps the counters itself or time is simulated.
 */
final class Publication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Publication.class);

    private final CountersFile file; // null if nothing is published
    private final Counters counters;

    private Publication(CountersFile file, Counters counters) {
        this.file = file;
        this.counters = counters;
    }

    /**
     * Makes the file, on the thread that will own the stack.
     *
     * @throws ConfigurationException if it cannot be made although the stack was given a name to be seen by
     */
    static Publication of(StackConfig config, Clock clock) {
        if (config.counters() != null) {
            return new Publication(null, config.counters());
        }
        if (clock.isVirtual()) {
            return new Publication(null, Counters.inMemory());
        }
        String asked = config.values().get(StackSettings.NAME);
        String name = asked == null ? ServerIdentity.programName() : asked;
        try {
            CountersFile file = CountersFile.createNumbered(new ServerIdentity(
                    name,
                    config.deviceName(),
                    LocalAddress.format(config.addresses()),
                    CorePinning.coreOfCurrentThread()));
            return new Publication(file, file);
        } catch (ConfigurationException e) {
            if (asked != null) {
                throw e;
            }
            LOG.warn("tools will not see this stack: {}", e.getMessage());
            return new Publication(null, Counters.inMemory());
        }
    }

    Counters counters() {
        return counters;
    }

    /** Adds what is known once the device is open, and says so if the core is somebody else's too. */
    void opened(DeviceInfo device, boolean spins) {
        if (file == null) {
            return;
        }
        file.opened(device.name(), device.mode(), spins);
        String warning = SharedCore.warning(file);
        if (!warning.isEmpty()) {
            LOG.warn("{}", warning);
        }
    }

    /** The stack never came to serve. */
    void discard() {
        if (file != null) {
            file.discard();
        }
    }

    /** The last numbers stay to be looked at. */
    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
