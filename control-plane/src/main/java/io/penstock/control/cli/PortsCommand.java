package io.penstock.control.cli;

import io.penstock.control.CountersSnapshot;
import io.penstock.control.Port;
import io.penstock.control.Servers;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the network interfaces of this namespace: what they can do, and which server holds which. */
@Command(
        name = "ports",
        description = "Show the network interfaces: driver, queues, XDP, and which server holds which.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "XDP is what the driver can do: zero-copy (AF_XDP in the NIC's own buffers), redirect (AF_XDP with one copy),"
                    + " basic (programs only), generic (the kernel's emulation), ? (this kernel does not tell).",
            "What a server has that is no interface of the kernel's, such as a DPDK port, is listed below with what it does by"
                    + " itself (offloads) and what the server does in its stead.",
            "Interfaces are those of the current network namespace: `ip netns exec NAME penstock ports` shows another's."
        })
final class PortsCommand implements Runnable {

    @Option(
            names = {"-w", "--wide"},
            description = "Show the hardware addresses too.")
    private boolean wide;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        List<Port> ports = Port.all();
        Servers servers = Servers.find();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            List<Map<String, Object>> all = new ArrayList<>();
            ports.forEach(port -> all.add(asMap(port, servers)));
            others(ports, servers).forEach(server -> all.add(asMap(server)));
            out.println(Json.pretty(all));
        } else {
            table(ports, servers).lines().forEach(out::println);
            describe(others(ports, servers), out);
        }
        out.flush();
    }

    /** Servers on devices that are no interfaces of the kernel's: DPDK's ports, and wires in memory. */
    private static List<CountersSnapshot> others(List<Port> ports, Servers servers) {
        return servers.besides(ports.stream().map(Port::name).collect(Collectors.toSet()));
    }

    private static void describe(List<CountersSnapshot> servers, PrintWriter out) {
        for (CountersSnapshot server : servers) {
            out.println();
            out.println(server.device() + "  held by " + server.name() + " (" + server.pid() + ")");
            for (String part : server.mode().split("; ", -1)) {
                out.println("  " + part);
            }
        }
    }

    private static Map<String, Object> asMap(CountersSnapshot server) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("device", server.device());
        map.put("what", server.mode());
        map.put("heldBy", CoresCommand.holder(server));
        return map;
    }

    private Table table(List<Port> ports, Servers servers) {
        Table table = wide
                ? new Table("PORT", "DRIVER", "STATE", ">MTU", ">RX/TX", ">NUMA", "XDP", "PROGRAM", "HELD BY", "MAC")
                : new Table("PORT", "DRIVER", "STATE", ">MTU", ">RX/TX", ">NUMA", "XDP", "PROGRAM", "HELD BY");
        for (Port port : ports) {
            List<String> cells = new ArrayList<>(List.of(
                    port.name(),
                    orDash(port.driver()),
                    port.state(),
                    Integer.toString(port.mtuBytes()),
                    port.rxQueues() + "/" + port.txQueues(),
                    port.numaNode() < 0 ? "-" : Integer.toString(port.numaNode()),
                    port.xdpSupport(),
                    port.xdpMode().isEmpty() ? "-" : port.xdpMode() + " " + port.xdpProgramId(),
                    servers.holdingPort(port.name())
                            .map(s -> s.name() + " (" + s.pid() + ")")
                            .orElse("-")));
            if (wide) {
                cells.add(orDash(port.macAddress()));
            }
            table.row(cells.toArray(String[]::new));
        }
        return table;
    }

    private static Map<String, Object> asMap(Port port, Servers servers) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("port", port.name());
        map.put("driver", port.driver().isEmpty() ? null : port.driver());
        map.put("state", port.state());
        map.put("mac", port.macAddress().isEmpty() ? null : port.macAddress());
        map.put("mtuBytes", port.mtuBytes());
        map.put("rxQueues", port.rxQueues());
        map.put("txQueues", port.txQueues());
        map.put("numaNode", port.numaNode() < 0 ? null : port.numaNode());
        map.put("xdpSupport", port.xdpSupport());
        map.put("xdpMode", port.xdpMode().isEmpty() ? null : port.xdpMode());
        map.put("xdpProgramId", port.xdpProgramId() == 0 ? null : port.xdpProgramId());
        map.put(
                "heldBy",
                servers.holdingPort(port.name()).map(CoresCommand::holder).orElse(null));
        return map;
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }
}
