package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.RawMemory;
import io.penstock.linux.proc.CpuAffinity;
import io.penstock.memory.PageKind;
import io.penstock.memory.Region;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DPDK's environment of this process: there is one, it is started by the first device and shared by all others, and it stays
 * until the process ends, because DPDK cannot start it a second time.
 *
 * <p>It takes no PCI device but those that were named.
 */
final class Eal {
    private static final Logger LOG = LoggerFactory.getLogger(Eal.class);
    private static final int MIN_HUGE_PAGES = 16;
    /** RTE_IOVA_PA. */
    private static final int IOVA_PHYSICAL = 1;

    private static final ThreadLocal<int[]> REGISTRATIONS = ThreadLocal.withInitial(() -> new int[1]);

    private static Eal running;
    private static boolean failed;

    private final EalSettings settings;
    private final EalLog log;
    private final List<String> allowedDevices;
    private final boolean iovaIsVirtual;
    /** The numbers of the ports that this process has open. */
    private final BitSet openPorts = new BitSet();

    private Eal(EalSettings settings, EalLog log, List<String> allowedDevices) {
        this.settings = settings;
        this.log = log;
        this.allowedDevices = allowedDevices;
        this.iovaIsVirtual = call0("rte_eal_iova_mode") != IOVA_PHYSICAL;
    }

    /**
     * Starts it, or shares the one that runs.
     *
     * @param wanted its settings; null if the caller does not mind
     * @param pciAddress a PCI device that will be used, or null
     * @throws ConfigurationException if it runs with other settings, or cannot be started
     */
    static Eal start(EalSettings wanted, String pciAddress) {
        return startWith(wanted, pciAddress == null ? List.of() : List.of(pciAddress));
    }

    /** The same for several PCI devices, or none. */
    static synchronized Eal startWith(EalSettings wanted, List<String> pciAddresses) {
        if (running != null) {
            running.checkShareable(wanted, pciAddresses);
            return running;
        }
        if (failed) {
            throw new ConfigurationException(
                    "DPDK could not be started in this process, and cannot be started in it again:"
                            + " mend the cause that was reported and start the program anew");
        }
        EalSettings settings = wanted == null ? new EalSettings(true, 128, "", List.of()) : wanted;
        checkHugePages(settings);
        EalFiles.requirePlace(settings);
        EalLog log = new EalLog();
        log.attach();
        int result = initializeOnThreadOfItsOwn(settings, pciAddresses);
        if (result < 0) {
            failed = true;
            throw new ConfigurationException(
                    "DPDK's EAL refused to start (" + describe(result) + "): " + String.join(" / ", log.recent()));
        }
        running = new Eal(settings, log, pciAddresses);
        EalFiles.removeAtEnd(settings.prefix());
        return running;
    }

    /** Whether this process has opened the port itself. */
    static synchronized boolean isOpen(int port) {
        return running != null && running.openPorts.get(port);
    }

    /** Notes that this process has opened a port, or has closed it. */
    static synchronized void markOpen(int port, boolean open) {
        running.openPorts.set(port, open);
    }

    private void checkShareable(EalSettings wanted, List<String> pciAddresses) {
        if (wanted != null && !wanted.equals(settings)) {
            throw new ConfigurationException("DPDK's EAL runs in this process already with other settings (" + settings
                    + "): give all devices of a process the same eal. options, or only the first one");
        }
        for (String address : pciAddresses) {
            if (!allowedDevices.contains(address)) {
                throw new ConfigurationException("DPDK's EAL runs in this process already, without PCI device "
                        + address + ": open PCI devices first, and name further ones with eal.args='-a ADDRESS'");
            }
        }
    }

    private static void checkHugePages(EalSettings settings) {
        if (settings.hugePages()) {
            requireHugePages(Region.freeHugePages(PageKind.HUGE_2M), Region.freeHugePages(PageKind.HUGE_1G));
        }
    }

    /** @throws ConfigurationException if so few are not enough to start with */
    static void requireHugePages(long freeOf2Mib, long freeOf1Gib) {
        if (freeOf2Mib < MIN_HUGE_PAGES && freeOf1Gib < 1) {
            throw new ConfigurationException("DPDK needs huge pages for its own memory, and " + freeOf2Mib
                    + " of 2 MiB are free: reserve some with 'sysctl vm.nr_hugepages=64', or do without by the device's"
                    + " option eal.huge=off");
        }
    }

    /** EAL binds the calling thread to its cores and keeps it as its main one: it shall not be a poll loop's. */
    private static int initializeOnThreadOfItsOwn(EalSettings settings, List<String> pciAddresses) {
        BitSet polled = CpuAffinity.get();
        int[] result = {-1};
        Thread main = new Thread(
                () -> {
                    List<String> arguments = settings.arguments(moveBeside(polled), pciAddresses);
                    LOG.info("{}: {}", Dpdk.library().version(), String.join(" ", arguments));
                    result[0] = initialize(arguments);
                },
                "dpdk-main");
        main.start();
        try {
            main.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return result[0];
    }

    /**
     * Moves this thread, whose cores those that EAL starts will have, away from the core that the caller is pinned to, if there
     * are others: EAL's thread for interrupts takes a lost peer's memory away (net_memif), and must not do so in the middle
     * of a poll that it has interrupted.
     */
    private static String moveBeside(BitSet polled) {
        BitSet all = new BitSet();
        all.set(0, CpuAffinity.MAX_CORES);
        int _ = CpuAffinity.set(all); // as many as this process may use
        BitSet others = CpuAffinity.get();
        others.andNot(polled);
        int _ = CpuAffinity.set(others.isEmpty() ? polled : others);
        return CpuAffinity.get().stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    private static int initialize(List<String> arguments) {
        Arena arena = Arena.global(); // EAL keeps pointers into its arguments
        MemorySegment argv = arena.allocate(ValueLayout.JAVA_LONG, arguments.size() + 1L);
        for (int i = 0; i < arguments.size(); i++) {
            argv.setAtIndex(
                    ValueLayout.JAVA_LONG,
                    i,
                    arena.allocateFrom(arguments.get(i)).address());
        }
        try {
            int result = (int) Dpdk.intFunction("rte_eal_init", 2).invokeExact((long) arguments.size(), argv.address());
            return result < 0 ? Math.min(-1, -rteErrno()) : result; // some failures set no errno
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    private static int call0(String function) {
        try {
            return (int) Dpdk.intFunction(function, 0).invokeExact();
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** Whether a device's address of memory is the process' own: else it is the physical one. */
    boolean iovaIsVirtual() {
        return iovaIsVirtual;
    }

    /** What DPDK said last, in one line. */
    static synchronized String lastWords() {
        List<String> lines = running == null ? List.of() : running.log.recent();
        List<String> drivers =
                lines.stream().filter(line -> !line.startsWith("EAL: ")).toList(); // it only passes on that they failed
        List<String> telling = drivers.isEmpty() ? lines : drivers;
        return String.join(" / ", telling.subList(Math.max(0, telling.size() - 3), telling.size()));
    }

    /** What was said before is of no interest to who begins something now. */
    static synchronized void forgetWords() {
        if (running != null) {
            running.log.forget();
        }
    }

    // ---- threads

    /** Gives the calling thread a number by which DPDK keeps its caches; once for each {@link #unregisterThread}. */
    static void registerThread() {
        int[] count = REGISTRATIONS.get();
        if (count[0] == 0 && call0("rte_thread_register") != 0) {
            throw new ConfigurationException("DPDK has no number left for this thread (" + describe(rteErrno())
                    + "): fewer threads may use its devices at once");
        }
        count[0]++;
    }

    static void unregisterThread() {
        int[] count = REGISTRATIONS.get();
        if (count[0] > 0 && --count[0] == 0) {
            try {
                Dpdk.voidFunction("rte_thread_unregister", 0).invokeExact();
            } catch (Throwable e) {
                throw Dpdk.unexpected(e);
            }
        }
    }

    // ---- devices

    /** Adds a device to a bus, and so makes a port of it. Returns 0 or a negative errno. */
    static int plug(String bus, String name, String arguments) {
        MethodHandle add = Dpdk.intFunction("rte_eal_hotplug_add", 3);
        try (Arena arena = Arena.ofConfined()) {
            return (int) add.invokeExact(
                    arena.allocateFrom(bus).address(),
                    arena.allocateFrom(name).address(),
                    arena.allocateFrom(arguments).address());
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    static int unplug(String bus, String name) {
        MethodHandle remove = Dpdk.intFunction("rte_eal_hotplug_remove", 2);
        try (Arena arena = Arena.ofConfined()) {
            return (int) remove.invokeExact(
                    arena.allocateFrom(bus).address(), arena.allocateFrom(name).address());
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    // ---- errors

    /** This thread's {@code rte_errno}: looked up anew, as each thread has its own. */
    static int rteErrno() {
        return RawMemory.getInt(Dpdk.library().address("per_lcore__rte_errno"));
    }

    static void clearErrno() {
        RawMemory.putInt(Dpdk.library().address("per_lcore__rte_errno"), 0);
    }

    /** What {@code rte_strerror} calls an errno, whatever its sign. */
    static String describe(int errno) {
        try {
            long text = (long) Dpdk.pointerFunction("rte_strerror", 1).invokeExact((long) Math.abs(errno));
            return RawMemory.segment(text, 256).getString(0);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** The settings that it runs with. */
    EalSettings settings() {
        return settings;
    }
}
