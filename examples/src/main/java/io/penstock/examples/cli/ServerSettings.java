package io.penstock.examples.cli;

import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.SettingTable;
import io.penstock.libos.tcp.config.StackSettings;
import java.time.Duration;
import java.util.List;

/** What a server can be told besides what its stack can: one table of both. */
final class ServerSettings {
    private static final int MAX_CORES = 4095;

    /** The core that the loop is pinned to. */
    static final Setting<Integer> CORE =
            Setting.number("server.core", null, 0, MAX_CORES, "the core that the loop is pinned to");

    /** Whether only the served ports are taken from the interface. */
    static final Setting<Boolean> PORTS_ONLY = Setting.flag(
            "server.ports-only",
            false,
            "whether only the served ports are taken from the interface; the kernel keeps the address's other ports");

    /** How long clients may take at the end. */
    static final Setting<Duration> DRAIN = Setting.time(
            "server.drain",
            Duration.ofSeconds(5),
            Duration.ZERO,
            Duration.ofHours(1),
            "how long clients may take at the end to read what was sent and to close; who has not then is reset");

    /** Of servers and stacks. */
    static final SettingTable TABLE = StackSettings.tableWith(List.of(CORE, PORTS_ONLY, DRAIN));

    private ServerSettings() {}
}
