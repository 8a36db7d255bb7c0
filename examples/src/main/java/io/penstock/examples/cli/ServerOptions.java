package io.penstock.examples.cli;

import io.penstock.control.cli.GroupedOptions;
import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.memory.OutOfMemoryRegionException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options that every server has, and the stack that they ask for. A setting can be given in a file, on {@code --set}, or
 * by an option of its own: each wins over those before it.
 */
final class ServerOptions implements GroupedOptions {
    private static final int MAX_DRAIN_SECONDS = 3600;
    private static final int MAX_KEEP_ALIVE_SECONDS = 32_767;
    private static final int USUAL_KEEP_ALIVE_SECONDS = 60;
    private static final int KEEP_ALIVE_PROBES = 3;
    /** Where a value comes from that servers have by default, and other stacks do not. */
    private static final String BY_THE_SERVER = "the server's default";

    private static final int MEBIBYTE_SHIFT = 20;

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
            names = "--config",
            paramLabel = "FILE",
            description =
                    "read settings from a file, a NAME=VALUE on each line (see 'penstock config'); options win over it")
    Path file;

    @Option(
            names = {"-o", "--set"},
            paramLabel = "NAME=VALUE",
            description =
                    "any setting that 'penstock config' lists, such as tcp.max-connections=100000; may be repeated")
    List<String> assignments = List.of();

    @Option(
            names = "--device",
            paramLabel = "BACKEND:NAME",
            description =
                    "the device, such as afxdp:eth1 or tap:tap0 (see 'penstock backends'); required, here or in a file")
    String device;

    @Option(
            names = "--address",
            paramLabel = "IP/PREFIX",
            description =
                    "the server's own address, such as 198.18.0.2/24; the kernel must not have it; required, here or in a"
                            + " file")
    String address;

    @Option(names = "--gateway", paramLabel = "IP", description = "the router to other networks")
    String gateway;

    @Option(names = "--core", paramLabel = "N", description = "the core that the loop is pinned to (default: none)")
    Integer core;

    @Option(
            names = "--idle",
            paramLabel = "MODE",
            description = "what to do between packets: ${COMPLETION-CANDIDATES} (default: spin)")
    IdleMode idle;

    @Option(names = "--frames", paramLabel = "N", description = "how many packet buffers to pin (default: 16384)")
    Integer frames;

    @Option(
            names = "--frame-bytes",
            paramLabel = "N",
            description = "how long a buffer is: 2048 or 4096 (default: as the device's MTU needs)")
    Integer frameBytes;

    @Option(
            names = "--heap-mib",
            paramLabel = "N",
            description = "how much memory to pin for the application's own objects (default: 8)")
    Integer heapMib;

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
                            + " again, then end its connection; 0: never (default: 60)")
    Integer keepAliveSeconds;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description =
                    "how long clients may take, after SIGTERM or Ctrl-C, to read what was sent and to close; who has not"
                            + " then is reset, at a second signal at once (default: 5)")
    Integer drainSeconds;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    private SettingValues values;

    @Override
    public Map<String, List<String>> optionGroups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put(
                "Network", List.of("--device", "--address", "--gateway", "--tcp", "--udp", "--port", "--ports-only"));
        groups.put("Core", List.of("--core", "--idle"));
        groups.put("Memory", List.of("--frames", "--frame-bytes", "--heap-mib", "--max-memory", "--buffer-tracing"));
        groups.put("Clients", List.of("--keep-alive"));
        groups.put("End", List.of("--drain"));
        groups.put("Settings", List.of("--config", "--set"));
        return groups;
    }

    /**
     * What is in force.
     *
     * @throws ConfigurationException in one line
     */
    SettingValues values() {
        if (values == null) {
            SettingValues read = SettingValues.DEFAULTS.with(
                    TcpSettings.KEEP_ALIVE_IDLE, Duration.ofSeconds(USUAL_KEEP_ALIVE_SECONDS), BY_THE_SERVER);
            if (file != null) {
                read = read.with(ServerSettings.TABLE, file);
            }
            for (String assignment : assignments) {
                read = read.with(ServerSettings.TABLE, assignment, "--set");
            }
            values = withOptions(read);
            StackSettings.requireThatAllGoTogether(values);
            TcpConfig.of(values); // refuses what nobody has installed
        }
        return values;
    }

    private SettingValues withOptions(SettingValues read) {
        SettingValues v = read;
        v = given(v, "--device", device, StackSettings.DEVICE, device);
        v = given(v, "--address", address, StackSettings.ADDRESS, address);
        v = given(v, "--gateway", gateway, StackSettings.GATEWAY, gateway);
        if (core != null && !ServerSettings.CORE.accepts(core)) {
            CorePinning.pinCurrentThread(core); // says which cores there are
        }
        v = given(v, "--core", core, ServerSettings.CORE, core);
        v = given(v, "--idle", idle, StackSettings.IDLE, named(StackSettings.IDLE, idle));
        v = given(v, "--frames", frames, StackSettings.FRAMES, frames);
        v = given(v, "--frame-bytes", frameBytes, StackSettings.FRAME_BYTES, asLong(frameBytes));
        v = given(v, "--heap-mib", heapMib, StackSettings.HEAP, mebibytes(heapMib));
        v = given(
                v,
                "--buffer-tracing",
                tracing,
                StackSettings.BUFFER_TRACING,
                named(StackSettings.BUFFER_TRACING, tracing));
        v = given(v, "--ports-only", portsOnly ? "" : null, ServerSettings.PORTS_ONLY, portsOnly);
        v = withKeepAlive(v);
        return given(
                v, "--drain", drainSeconds, ServerSettings.DRAIN, seconds("--drain", drainSeconds, MAX_DRAIN_SECONDS));
    }

    private SettingValues withKeepAlive(SettingValues read) {
        Duration idle = seconds("--keep-alive", keepAliveSeconds, MAX_KEEP_ALIVE_SECONDS);
        if (idle == null) {
            return read;
        }
        SettingValues v = read.with(TcpSettings.KEEP_ALIVE_IDLE, idle, "--keep-alive");
        return idle.isZero()
                ? v
                : v.with(TcpSettings.KEEP_ALIVE_INTERVAL, idle.dividedBy(KEEP_ALIVE_PROBES), "--keep-alive")
                        .with(TcpSettings.KEEP_ALIVE_PROBES, KEEP_ALIVE_PROBES, "--keep-alive");
    }

    /** With what an option says, if it was given. */
    private static <T> SettingValues given(SettingValues v, String option, Object text, Setting<T> setting, T value) {
        if (text == null) {
            return v;
        }
        if (!setting.accepts(value)) {
            throw new ConfigurationException(option + " " + text + ": expected " + setting.expected());
        }
        return v.with(setting, value, option);
    }

    private static <E extends Enum<E>> E named(Setting<E> setting, Enum<?> given) {
        return given == null ? null : setting.parse(given.name(), given.name());
    }

    private static Long asLong(Integer given) {
        return given == null ? null : Long.valueOf(given);
    }

    private static Long mebibytes(Integer given) {
        return given == null ? null : Long.valueOf((long) given << MEBIBYTE_SHIFT);
    }

    private static Duration seconds(String option, Integer given, int max) {
        if (given != null && (given < 0 || given > max)) {
            throw new ConfigurationException(option + " " + given + ": expected 0 to " + max + " seconds");
        }
        return given == null ? null : Duration.ofSeconds(given);
    }

    /** How long clients may take at the end. */
    long drainNanos() {
        return values().get(ServerSettings.DRAIN).toNanos();
    }

    /** What no server can do without may stand in the file: so the command line cannot tell by itself. */
    private void requireDeviceAndAddress() {
        List<String> missing = new ArrayList<>();
        if (!values.isSet(StackSettings.DEVICE)) {
            missing.add("'--device=BACKEND:NAME'");
        }
        if (!values.isSet(StackSettings.ADDRESS)) {
            missing.add("'--address=IP/PREFIX'");
        }
        if (!missing.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    "Missing required option" + (missing.size() > 1 ? "s" : "") + ": " + String.join(", ", missing));
        }
    }

    /**
     * Pins the calling thread and opens the stack, which this thread then owns.
     *
     * @param name by which the server is seen from outside, unless it was told otherwise
     */
    Stack openStack(String name, List<Integer> ports) {
        SettingValues v = values();
        requireDeviceAndAddress();
        if (v.isSet(ServerSettings.CORE)) {
            CorePinning.pinCurrentThread(v.get(ServerSettings.CORE));
        }
        StackConfig config = StackConfig.builder()
                .name(name)
                .set(v)
                .heapBytes(v.get(StackSettings.HEAP) + applicationBytes)
                .steeringPorts(v.get(ServerSettings.PORTS_ONLY) ? ports : List.of())
                .build();
        try {
            return Stack.open(config);
        } catch (OutOfMemoryRegionException e) {
            throw new ConfigurationException(e.getMessage(), e);
        }
    }

    /** What follows {@code ready}: where and how it serves, and who can reach it. */
    String describe(Stack stack) {
        String on = values().get(StackSettings.DEVICE);
        Integer pinned = values().get(ServerSettings.CORE);
        return values().get(StackSettings.ADDRESS) + " on " + on + " ("
                + stack.device().mode() + "), " + (pinned == null ? "not pinned" : "core " + pinned) + "; reached "
                + Devices.reach(Devices.parse(on));
    }

    /** A port as it was given, or a complaint in one line. */
    static int port(String option, int port) {
        if (port < 1 || port > 65535) {
            throw new ConfigurationException(option + " " + port + " is not a port: expected 1 to 65535");
        }
        return port;
    }
}
