package io.penstock.examples.cli;

import io.penstock.control.cli.GroupedOptions;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.poll.BlockingIdle;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.datapath.poll.Idle;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.OutOfMemoryRegionException;
import io.penstock.memory.Tracing;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Option;

/** The options that every server has, and the stack that they ask for. */
final class ServerOptions implements GroupedOptions {
    private static final int MOST_DRAIN_SECONDS = 3600;
    private static final int MOST_KEEP_ALIVE_SECONDS = 32_767;
    private static final long SPIN_BEFORE_SLEEP_NANOS = 50_000;

    enum IdleMode {
        spin,
        yield,
        block
    }

    enum TracingMode {
        off,
        sampled,
        full
    }

    @Option(
            names = "--device",
            required = true,
            paramLabel = "BACKEND:NAME",
            description = "the device, such as afxdp:eth1 or tap:tap0 (see 'penstock backends')")
    String device;

    @Option(
            names = "--address",
            required = true,
            paramLabel = "IP/PREFIX",
            description = "the server's own address, such as 198.18.0.2/24; the kernel must not have it")
    String address;

    @Option(names = "--gateway", paramLabel = "IP", description = "the router to other networks")
    String gateway;

    @Option(names = "--core", paramLabel = "N", description = "the core that the loop is pinned to (default: none)")
    Integer core;

    @Option(
            names = "--idle",
            paramLabel = "MODE",
            description = "what to do between packets: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    IdleMode idle = IdleMode.spin;

    @Option(
            names = "--frames",
            paramLabel = "N",
            description = "how many packet buffers to pin (default: ${DEFAULT-VALUE})")
    int frames = 16384;

    @Option(
            names = "--frame-bytes",
            paramLabel = "N",
            description = "how long a buffer is: 2048 or 4096 (default: as the device's MTU needs)")
    Integer frameBytes;

    @Option(
            names = "--heap-mib",
            paramLabel = "N",
            description = "how much memory to pin for the application's own objects (default: ${DEFAULT-VALUE})")
    int heapMib = 8;

    /** What the server itself puts into the heap, beyond --heap-mib. */
    long applicationBytes;

    @Option(
            names = "--buffer-tracing",
            paramLabel = "MODE",
            description =
                    "remember where buffers were taken and released, of none, of one in 128, or of all, which is slow:"
                            + " ${COMPLETION-CANDIDATES} (default: as"
                            + " -Dpenstock.buffers.tracing says, else off)")
    TracingMode tracing;

    @Option(
            names = "--ports-only",
            description = "take only the served ports from the interface; the kernel keeps the address's other ports")
    boolean portsOnly;

    @Option(
            names = "--keep-alive",
            paramLabel = "SECONDS",
            description =
                    "ask a client that has been silent for so long whether it is still there, three times within as long"
                            + " again, then end its connection; 0: never (default: ${DEFAULT-VALUE})")
    int keepAliveSeconds = 60;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description =
                    "how long clients may take, after SIGTERM or Ctrl-C, to read what was sent and to close; who has not"
                            + " then is reset, at a second signal at once (default: ${DEFAULT-VALUE})")
    int drainSeconds = 5;

    @Override
    public Map<String, List<String>> optionGroups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put(
                "Network", List.of("--device", "--address", "--gateway", "--tcp", "--udp", "--port", "--ports-only"));
        groups.put("Core", List.of("--core", "--idle"));
        groups.put("Memory", List.of("--frames", "--frame-bytes", "--heap-mib", "--max-memory", "--buffer-tracing"));
        groups.put("Clients", List.of("--keep-alive"));
        groups.put("End", List.of("--drain"));
        return groups;
    }

    /** How long clients may take at the end. */
    long drainNanos() {
        if (drainSeconds < 0 || drainSeconds > MOST_DRAIN_SECONDS) {
            throw new ConfigurationException(
                    "--drain " + drainSeconds + ": expected 0 to " + MOST_DRAIN_SECONDS + " seconds");
        }
        return TimeUnit.SECONDS.toNanos(drainSeconds);
    }

    /** How long a client may be silent until it is asked; 0: for ever. */
    long keepAliveNanos() {
        return TimeUnit.SECONDS.toNanos(keepAliveSeconds);
    }

    private void checkKeepAlive() {
        if (keepAliveSeconds < 0 || keepAliveSeconds > MOST_KEEP_ALIVE_SECONDS) {
            throw new ConfigurationException("--keep-alive " + keepAliveSeconds + ": expected 0 to "
                    + MOST_KEEP_ALIVE_SECONDS + " seconds, 0 for never");
        }
    }

    /**
     * Pins the calling thread and opens the stack, which this thread then owns.
     *
     * @param name by which the server is seen from outside
     */
    Stack openStack(String name, List<Integer> ports) {
        checkKeepAlive();
        if (core != null) {
            CorePinning.pinCurrentThread(core);
        }
        StackConfig.Builder config = StackConfig.builder()
                .device(device)
                .address(address)
                .gateway(gateway)
                .frames(frames)
                .heapBytes(((long) heapMib << 20) + applicationBytes)
                .steeringPorts(portsOnly ? ports : List.of())
                .name(name);
        if (frameBytes != null) {
            config.frameBytes(frameBytes);
        }
        if (tracing != null) {
            config.tracing(Tracing.parse(tracing.name()));
        }
        switch (idle) {
            case spin -> config.idle(Idle.spin());
            case yield -> config.idle(Idle.yielding());
            case block -> config.idle(opened -> new BlockingIdle(opened.waitFds(), SPIN_BEFORE_SLEEP_NANOS));
        }
        try {
            return Stack.open(config.build());
        } catch (OutOfMemoryRegionException e) {
            throw new ConfigurationException(e.getMessage(), e);
        }
    }

    /** What follows {@code ready}: where and how it serves, and who can reach it. */
    String describe(Stack stack) {
        return address + " on " + device + " (" + stack.device().mode() + "), "
                + (core == null ? "not pinned" : "core " + core) + "; reached "
                + Devices.reach(DeviceSpec.parse(device));
    }

    /** A port as it was given, or a complaint in one line. */
    static int port(String option, int port) {
        if (port < 1 || port > 65535) {
            throw new ConfigurationException(option + " " + port + " is not a port: expected 1 to 65535");
        }
        return port;
    }
}
