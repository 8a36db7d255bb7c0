package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.device.Resources;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Opens a bridge, step by step. If a step fails, all that was done before it is undone, in reverse.
 *
 * <pre>
 *   library -&gt; EAL -&gt; thread -&gt; mempool -&gt; ports (plugged in, configured, started) -&gt; lanes
 * </pre>
 */
final class DpdkBridgeOpener {
    private final PacketEdit edit;
    private final int maxBurst;
    private final Resources resources = new Resources();

    private DpdkBridgeOpener(PacketEdit edit, int maxBurst) {
        this.edit = edit;
        this.maxBurst = maxBurst;
    }

    static Bridge open(DeviceSpec first, DeviceSpec second, PacketEdit edit, int maxBurst) {
        DpdkBridgeOpener opener = new DpdkBridgeOpener(edit, maxBurst);
        boolean opened = false;
        try {
            Bridge bridge = opener.openAll(
                    Stream.of(first, second).filter(spec -> spec != null).toList());
            opened = true;
            return bridge;
        } finally {
            if (!opened) {
                opener.resources.close();
            }
        }
    }

    private Bridge openAll(List<DeviceSpec> specs) {
        List<DpdkOptions> options =
                specs.stream().map(DpdkBridgeOpener::forwarding).toList();
        if (options.stream().map(DpdkOptions::name).distinct().count() != options.size()) {
            throw new ConfigurationException("device '" + specs.getLast() + "' is the first one, too: name it once, and"
                    + " packets go back out of it");
        }
        Dpdk.requireLibrary();
        boolean iovaIsVirtual = startEal(specs, options).iovaIsVirtual();
        Eal.registerThread();
        resources.add(Eal::unregisterThread);
        BridgeMempool mempool = new BridgeMempool(options.stream()
                .mapToInt(each -> DriverTraits.maxKeptAtClose(each.name()))
                .sum());
        resources.add(mempool::close);
        DpdkPort[] ports = new DpdkPort[options.size()];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = port(specs.get(i), options.get(i), mempool.mempool(), iovaIsVirtual);
        }
        return new DpdkBridge(mode(ports), lanes(ports), mempool, resources);
    }

    /** The ports take all packets, whomever they are for, unless the operator says otherwise. */
    private static DpdkOptions forwarding(DeviceSpec spec) {
        Map<String, String> all = new LinkedHashMap<>(spec.options());
        all.putIfAbsent("port.promiscuous", "on");
        all.putIfAbsent("port.offloads", "off"); // a bridge asks for none, and a driver is faster without
        DpdkOptions options = DpdkOptions.of(new DeviceSpec(spec.scheme(), spec.name(), all));
        if (options.vlan() != 0) {
            throw new ConfigurationException(
                    "device '" + spec + "': port.vlan=" + options.vlan() + ": a bridge leaves tags as they are");
        }
        if (options.queues() != 1) {
            throw new ConfigurationException("device '" + spec + "': port.queues=" + options.queues()
                    + ": a bridge has one thread, and one queue of each port");
        }
        return options;
    }

    /** With all PCI devices at once: later ones would not be let in. */
    private static Eal startEal(List<DeviceSpec> specs, List<DpdkOptions> options) {
        List<String> pci = options.stream()
                .filter(DpdkOptions::isPci)
                .map(DpdkOptions::name)
                .toList();
        pci.forEach(PciDevice::requireUsable);
        EalSettings wanted = null;
        for (DeviceSpec spec : specs) {
            EalSettings settings = EalSettings.saysAnything(spec) ? EalSettings.of(spec) : wanted;
            if (wanted != null && !settings.equals(wanted)) {
                throw new ConfigurationException("device '" + spec + "' has other eal. options than the first one:"
                        + " there is one EAL; give them to the first one only");
            }
            wanted = settings;
        }
        return Eal.startWith(wanted, pci);
    }

    private DpdkPort port(DeviceSpec spec, DpdkOptions options, Mempool mempool, boolean iovaIsVirtual) {
        try {
            DpdkPort port = DpdkPort.plug(spec, options, iovaIsVirtual);
            resources.add(() -> port.leave(new DpdkOptions.Queues(0, 0)));
            port.setUp(0, mempool);
            return port;
        } catch (RefusedException e) {
            throw e.asConfigurationException(spec.toString(), Eal.lastWords());
        }
    }

    private static String mode(DpdkPort... ports) {
        StringBuilder mode = new StringBuilder(Dpdk.library().version());
        for (DpdkPort port : ports) {
            mode.append(", ").append(port.driver());
        }
        return mode.toString();
    }

    private static BurstFunctions functions(DpdkPort port) {
        return BurstFunctions.of(
                port.id(), 0, DriverTraits.maySleep(port.options().name()));
    }

    private DpdkLane[] lanes(DpdkPort... ports) {
        DpdkLane[] lanes = new DpdkLane[ports.length];
        // One of each for all lanes: what one lane has touched is in the cache for the other.
        NativeTable packets = new NativeTable(maxBurst);
        NativeTable refused = new NativeTable(maxBurst);
        for (int i = 0; i < ports.length; i++) {
            DpdkPort other = edit.reflects() ? ports[i] : ports[ports.length - 1 - i];
            long ownMac = Ethdev.macAddress(ports[i].id());
            lanes[i] = new DpdkLane(functions(ports[i]), functions(other), ownMac, edit, packets, refused);
        }
        return lanes;
    }
}
