package io.penstock.system.kv;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code penstock kv} says, in one line and with exit code 2, when it cannot serve. */
@Timeout(120)
class KvRefusalTest {
    private static final String ADDRESS = Servers.PENSTOCK + "/24";

    private final Servers servers = new Servers();

    @AfterEach
    void close() {
        servers.close();
    }

    @Test
    void refusesAnAddressThatTheKernelHas() {
        assertThat(servers.refusal("--device", "afxdp:vb", "--address", Servers.REDIS + "/24"))
                .isEqualTo("penstock: address " + Servers.REDIS + " is in use by the kernel, on vb: choose one that the"
                        + " kernel does not have, or share it by ports (--ports-only)");
    }

    @Test
    void refusesAPortThatIsNone() {
        assertThat(servers.refusal("--device", "afxdp:vb", "--address", ADDRESS, "--port", "0"))
                .isEqualTo("penstock: --port 0 is not a port: expected 1 to 65535");
    }

    @Test
    void refusesMoreMemoryThanTheHeapMayHave() {
        assertThat(servers.refusal("--device", "afxdp:vb", "--address", ADDRESS, "--max-memory", "99999999"))
                .startsWith("penstock: --max-memory 99999999: expected 1 to ")
                .contains("half of the Java heap's limit");
    }

    @Test
    void asksForWhatIsMissing() {
        assertThat(servers.refusal("--device", "afxdp:vb"))
                .isEqualTo("penstock: Missing required option: '--address=IP/PREFIX'; see 'penstock kv --help'");
    }
}
