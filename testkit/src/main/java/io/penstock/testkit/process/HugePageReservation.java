package io.penstock.testkit.process;

import io.penstock.datapath.ConfigurationException;
import io.penstock.memory.PageKind;
import io.penstock.memory.Region;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Huge pages of 2 MiB that are reserved for as long as something is measured, and given back after. */
public final class HugePageReservation implements AutoCloseable {
    /** Not the file of the same name in /proc, of which a reader that begins with one byte gets one digit. */
    private static final Path RESERVED = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");

    private static final Path COMPACT = Path.of("/proc/sys/vm/compact_memory");
    private static final int TRIES = 3;

    /** How many were reserved before; -1 if nothing was changed. */
    private final long before;

    private HugePageReservation(long before) {
        this.before = before;
    }

    /**
     * Sees to it that so many are free.
     *
     * @param what is about to be done, for the message
     * @throws ConfigurationException if there are too few, and no more can be had
     */
    public static HugePageReservation ofFree(String what, long pages) {
        long free = Region.freeHugePages(PageKind.HUGE_2M);
        if (free >= pages) {
            return new HugePageReservation(-1);
        }
        try {
            long before = Long.parseLong(Files.readString(RESERVED).strip());
            HugePageReservation made = new HugePageReservation(before);
            for (int i = 0; i < TRIES; i++) {
                Files.writeString(RESERVED, Long.toString(before + pages - free));
                if (Region.freeHugePages(PageKind.HUGE_2M) >= pages) {
                    return made;
                }
                Files.writeString(COMPACT, "1"); // memory is there, but in small pieces
            }
            made.close();
        } catch (IOException _) {
            // not root: said below
        }
        throw new ConfigurationException(what + " needs " + pages + " huge pages of 2 MiB, and " + free
                + " are free: reserve some with 'sysctl vm.nr_hugepages=" + (pages + 56) + "'");
    }

    /** As many as before. */
    @Override
    public void close() {
        if (before >= 0) {
            try {
                Files.writeString(RESERVED, Long.toString(before));
            } catch (IOException e) {
                throw new HarnessException("huge pages stay reserved: " + e.getMessage(), e);
            }
        }
    }
}
