package io.penstock.datapath.device.sim;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceProvider;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.PacketPort;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Opens {@code sim:NAME}: the first to name a wire gets its end A, the second its end B. Options describe what happens
 * to packets in both directions; they stand with the first end, and the second may repeat them.
 */
public final class SimProvider implements DeviceProvider {
    private static final Map<String, SimWire> WIRES = new HashMap<>();

    /** For the service loader. */
    public SimProvider() {}

    @Override
    public String scheme() {
        return "sim";
    }

    @Override
    public String description() {
        return "a simulated wire between two stacks of one process; what it does to packets is given in percent";
    }

    @Override
    public List<String> options() {
        return List.of(
                "loss", "reorder", "dup", "corrupt", "delay", "jitter", "hold", "rate", "seed", "mtu", "capture=FILE");
    }

    @Override
    public PacketPort openPort(DeviceSpec spec) {
        Conditions conditions = Conditions.of(spec);
        synchronized (WIRES) {
            WIRES.values().removeIf(wire -> !wire.isOpen());
            SimWire wire = WIRES.get(spec.name());
            if (wire == null) {
                wire = new SimWire(spec.name(), mtu(spec), conditions, conditions);
                String capture = spec.option("capture", "");
                if (!capture.isEmpty()) {
                    wire.captureTo(Path.of(capture));
                }
                WIRES.put(spec.name(), wire);
                return wire.port(SimWire.End.A);
            }
            return wire.port(SimWire.End.B);
        }
    }

    private static int mtu(DeviceSpec spec) {
        try {
            return Integer.parseInt(spec.option("mtu", "1500"));
        } catch (NumberFormatException e) {
            throw new ConfigurationException(
                    "MTU '" + spec.option("mtu", "") + "' of device '" + spec + "': expected 576 to 9000", e);
        }
    }
}
