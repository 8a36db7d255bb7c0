package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A wire of two rings between two net_ring ports of this process. (A net_ring port that is made by its name alone is a loop:
 * it receives what it sends.)
 *
 * <pre>
 *   port A   tx --&gt; ring 0 --&gt; rx   port B
 *            rx &lt;-- ring 1 &lt;-- tx
 * </pre>
 */
final class RingWire implements PortSource {
    private static final int ENTRIES = 1024;
    private static final int ANY_SOCKET = -1;
    /** The driver puts it in front of the names of ports that are made from rings. */
    private static final String DRIVER_PREFIX = "net_ring_";

    /** Several may take out of it: the end that is closed empties the rings, at whose other side somebody polls. */
    private static final long MANY_CONSUMERS = 0;

    private static final Map<String, RingWire[]> WIRES = new HashMap<>();
    private static final Map<String, long[]> RINGS = new HashMap<>();

    private final String port;
    private final String wire;

    RingWire(DpdkOptions options) {
        this.port = options.name();
        this.wire = options.wire();
        if (!port.startsWith("net_ring") || options.queues() != 1 || !wire.matches("[A-Za-z0-9_.-]{1,16}")) {
            throw new ConfigurationException(
                    "device 'dpdk:" + port + "': port.wire=" + wire
                            + ": is for net_ring devices of one queue; its name has up to 16 letters, digits, '_', '.' and '-'");
        }
    }

    @Override
    public int plug() {
        synchronized (WIRES) {
            RingWire[] ends = WIRES.computeIfAbsent(wire, _ -> new RingWire[2]);
            int end = ends[0] == null ? 0 : 1;
            if (ends[end] != null) {
                throw new ConfigurationException("device 'dpdk:" + port + "': wire '" + wire
                        + "' has two ends already, " + ends[0].port + " and " + ends[1].port);
            }
            long[] rings = RINGS.computeIfAbsent(wire, RingWire::createRings);
            int id = createPort(rings[1 - end], rings[end]);
            if (id < 0) {
                forgetIfUnused(ends);
                throw new ConfigurationException("device 'dpdk:" + port + "': net_ring refused ("
                        + Eal.describe(Eal.rteErrno()) + "): " + Eal.lastWords());
            }
            ends[end] = this;
            return id;
        }
    }

    private static long[] createRings(String wire) {
        MethodHandle create = Dpdk.pointerFunction("rte_ring_create", 4);
        long[] rings = new long[2];
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < 2; i++) {
                rings[i] = (long) create.invokeExact(
                        arena.allocateFrom("wire-" + wire + "-" + i).address(),
                        (long) ENTRIES,
                        (long) ANY_SOCKET,
                        MANY_CONSUMERS);
                if (rings[i] == 0) {
                    throw new ConfigurationException(
                            "DPDK has no memory for wire '" + wire + "' (" + Eal.describe(Eal.rteErrno()) + ")");
                }
            }
            return rings;
        } catch (ConfigurationException e) {
            throw e;
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    /** {@code rte_eth_from_rings} stands in the driver's own library. */
    @SuppressWarnings("restricted")
    private int createPort(long rxRing, long txRing) {
        Path library = Dpdk.library()
                .directory()
                .resolve("librte_net_ring.so." + Dpdk.library().abi().number());
        try (Arena arena = Arena.ofConfined()) {
            MethodHandle create = Linker.nativeLinker()
                    .downcallHandle(
                            SymbolLookup.libraryLookup(library, Arena.global()).findOrThrow("rte_eth_from_rings"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG));
            MemorySegment rings = arena.allocateFrom(ValueLayout.JAVA_LONG, rxRing, txRing);
            return (int) create.invokeExact(
                    arena.allocateFrom(shortName()).address(), rings.address(), 1L, rings.address() + 8, 1L, 0L);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    private String shortName() {
        return port.startsWith(DRIVER_PREFIX) ? port.substring(DRIVER_PREFIX.length()) : port;
    }

    @Override
    public void unplug(int id) {
        synchronized (WIRES) {
            Ethdev.close(id);
            int _ = Eal.unplug("vdev", DRIVER_PREFIX + shortName()); // or the name stays taken on that bus
            drainAndForget();
        }
    }

    private void drainAndForget() {
        RingWire[] ends = WIRES.get(wire);
        for (int end = 0; end < 2; end++) {
            if (ends[end] == this) {
                ends[end] = null;
            }
        }
        for (long ring : RINGS.get(wire)) {
            RingContents.free(ring); // the memory of who closes is about to go
        }
        forgetIfUnused(ends);
    }

    private void forgetIfUnused(RingWire[] ends) {
        if (ends[0] == null && ends[1] == null) {
            WIRES.remove(wire);
            for (long ring : RINGS.remove(wire)) {
                free(ring);
            }
        }
    }

    private static void free(long ring) {
        try {
            Dpdk.voidFunction("rte_ring_free", 1).invokeExact(ring);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }
}
