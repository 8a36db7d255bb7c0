package io.penstock.control.cli;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.ServerIdentity;
import io.penstock.datapath.counters.SharedCore;
import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import io.penstock.datapath.forward.EchoEdit;
import io.penstock.datapath.forward.Forwarder;
import io.penstock.datapath.forward.MacSwap;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.datapath.process.StopSignals;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Forwards packets below any stack: the counterpart of dpdk-testpmd. */
@Command(
        name = "l2fwd",
        description = {
            "Forward packets between two devices, or back out of one, without a stack.",
            "Polls without a pause. Exit code 1 if packet buffers are missing at the end."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class L2fwdCommand implements Callable<Integer> {
    private static final int MAX_BURST = 512;
    private static final int MAX_SECONDS = 1_000_000;

    /** What happens to packets. */
    enum Mode {
        io,
        macswap,
        echo;

        PacketEdit edit() {
            return switch (this) {
                case io -> PacketEdit.NONE;
                case macswap -> new MacSwap();
                case echo -> new EchoEdit();
            };
        }
    }

    @Option(
            names = "--device",
            required = true,
            paramLabel = "BACKEND:NAME",
            description =
                    "a device, such as dpdk:net_null0 or afxdp:eth1, once or twice; packets go from one to the other,"
                            + " or back out of a lone one (see 'penstock backends')")
    private List<String> devices;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description =
                    "io: leave packets as they are; macswap: swap the Ethernet addresses; echo: send UDP and ICMP echo"
                            + " requests back where they came from, answer ARP for any address, drop the rest"
                            + " (default: ${DEFAULT-VALUE})")
    private Mode mode = Mode.io;

    @Option(
            names = "--burst",
            paramLabel = "N",
            description = "how many packets to take at once, at most (default: ${DEFAULT-VALUE})")
    private int burst = 32;

    @Option(names = "--core", paramLabel = "N", description = "the core that the loop is pinned to (default: none)")
    private Integer core;

    @Option(names = "--duration", paramLabel = "S", description = "end after so many seconds (default: at Ctrl-C)")
    private Integer durationSeconds;

    @Option(names = "--packets", paramLabel = "N", description = "end after so many packets, give or take a burst")
    private Long packets;

    @Option(
            names = "--stats-period",
            paramLabel = "S",
            description = "print a line each so many seconds; 0: none (default: ${DEFAULT-VALUE})")
    private int periodSeconds = 1;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        List<DeviceSpec> specs = check();
        Forwarder.Plan plan = new Forwarder.Plan(
                burst,
                packets == null ? Long.MAX_VALUE : packets,
                durationSeconds == null ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(durationSeconds),
                periodSeconds == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(periodSeconds));
        if (core != null) {
            CorePinning.pinCurrentThread(core);
        }
        SystemClock clock = new SystemClock();
        StopSignals signals = new StopSignals("l2fwd", 0);
        CountersFile counters = openCounters();
        boolean served = false;
        try {
            Bridge bridge = Forwarder.open(specs, mode.edit(), burst, clock);
            counters.mode(bridge.mode());
            Forwarder forwarder = new Forwarder(bridge, plan, clock, counters);
            if (!signals.beginService(forwarder::stop)) {
                bridge.close();
                return CommandLine.ExitCode.OK;
            }
            served = true;
            warnOfSharedCore(counters);
            return run(bridge, forwarder);
        } finally {
            if (served) {
                counters.close();
            } else {
                counters.discard();
            }
            signals.ended();
        }
    }

    /** By it `stat`, `cores` and `ports` see the forwarder, as they see any server. */
    private CountersFile openCounters() {
        String all = String.join(ServerIdentity.AND, devices);
        return CountersFile.createNumbered(
                new ServerIdentity("l2fwd", all, "", CorePinning.coreOfCurrentThread(), true));
    }

    private static void warnOfSharedCore(CountersFile counters) {
        String warning = SharedCore.warning(counters);
        if (!warning.isEmpty()) {
            System.err.println("penstock: " + warning);
        }
    }

    private List<DeviceSpec> check() {
        if (devices.size() > 2) {
            throw new ConfigurationException("--device was given " + devices.size() + " times: expected once or twice");
        }
        OptionRange.require("--burst", burst, 1, MAX_BURST);
        OptionRange.require("--stats-period", periodSeconds, 0, MAX_SECONDS);
        OptionRange.require("--duration", durationSeconds == null ? 1 : durationSeconds, 1, MAX_SECONDS);
        if (packets != null && packets < 1) {
            throw new ConfigurationException("--packets " + packets + ": expected at least 1");
        }
        return devices.stream().map(Devices::parse).toList();
    }

    private int run(Bridge bridge, Forwarder forwarder) {
        PrintWriter out = spec.commandLine().getOut();
        long nanos;
        try (bridge) {
            out.println("ready l2fwd: " + String.join(ServerIdentity.AND, devices) + ", mode " + mode
                    + ", burst " + burst + ", " + (core == null ? "not pinned" : "core " + core) + " ("
                    + bridge.mode() + ")");
            out.flush();
            nanos = forwarder.run((elapsed, at, rate) -> {
                out.println(String.format(Locale.ROOT, "%.3f s: %s, %,.0f packets/s", elapsed / 1e9, totals(at), rate));
                out.flush();
            });
        }
        int kept = bridge.maxKeptByDrivers();
        boolean whole = bridge.buffersBack() + kept >= bridge.buffers();
        out.println(String.format(
                Locale.ROOT,
                "stopped l2fwd: %s in %.3f s, %d of %d packet buffers back%s",
                totals(bridge),
                nanos / 1e9,
                bridge.buffersBack(),
                bridge.buffers(),
                kept == 0 ? "" : " (drivers keep up to " + kept + ")"));
        out.flush();
        return whole ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static String totals(Bridge bridge) {
        return "received " + bridge.received() + ", sent " + bridge.sent() + ", dropped " + bridge.dropped();
    }

    /** Brings the command to the root. */
    public static final class Provider implements CommandProvider {
        /** For the service loader. */
        public Provider() {}

        @Override
        public Object command() {
            return new L2fwdCommand();
        }

        @Override
        public String group() {
            return "Forward";
        }

        @Override
        public boolean takesSignals() {
            return true;
        }
    }
}
