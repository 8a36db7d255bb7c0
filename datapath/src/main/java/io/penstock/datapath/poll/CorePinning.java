package io.penstock.datapath.poll;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.Errno;
import io.penstock.linux.proc.CpuAffinity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** Gives the calling thread a core: a loop that the scheduler moves about loses its caches each time. */
public final class CorePinning {
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

    private CorePinning() {}

    /**
     * Lets the calling thread run on one core alone, from now on.
     *
     * <p>Threads that it starts afterwards inherit this: start helpers first.
     *
     * @param core the core's number, from 0
     * @throws ConfigurationException if there is no such core, or this process may not use it
     */
    public static void pinCurrentThread(int core) {
        int result = -Errno.EINVAL;
        if (core >= 0 && core < CpuAffinity.MAX_CORES) {
            BitSet one = new BitSet();
            one.set(core);
            result = CpuAffinity.set(one);
        }
        if (result == -Errno.EINVAL) {
            throw new ConfigurationException("core " + core + " does not exist, or this process may not use it: the"
                    + " cores of this machine are " + online());
        }
        if (result != 0) {
            throw new ConfigurationException("cannot pin a thread to core " + core + ": " + Errno.describe(-result));
        }
    }

    /** The core that the calling thread is pinned to; -1 if it may run on several. */
    public static int coreOfCurrentThread() {
        BitSet allowed = CpuAffinity.get();
        return allowed.cardinality() == 1 ? allowed.nextSetBit(0) : -1;
    }

    /** The cores that are switched on, as the kernel writes it, such as {@code 0-3,6}. */
    public static String online() {
        try {
            return Files.readString(ONLINE).strip();
        } catch (IOException _) {
            return "0-" + (Runtime.getRuntime().availableProcessors() - 1);
        }
    }
}
