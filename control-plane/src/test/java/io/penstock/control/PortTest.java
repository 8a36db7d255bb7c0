package io.penstock.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.net.NetdevNetlink;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortTest {
    @Test
    void findsTheInterfacesThatJavaFinds() throws Exception {
        List<Port> ports = Port.all();
        for (NetworkInterface known : NetworkInterface.networkInterfaces().toList()) {
            assertThat(ports)
                    .filteredOn(port -> port.name().equals(known.getName()))
                    .singleElement()
                    .satisfies(port -> {
                        assertThat(port.mtuBytes()).isEqualTo(known.getMTU());
                        assertThat(port.isLoopback()).isEqualTo(known.isLoopback());
                        assertThat(port.rxQueues()).isPositive();
                        assertThat(port.txQueues()).isPositive();
                        assertThat(port.state()).isEqualTo("up");
                        byte[] mac = known.getHardwareAddress();
                        if (mac != null) {
                            assertThat(port.macAddress())
                                    .isEqualTo(
                                            java.util.HexFormat.ofDelimiter(":").formatHex(mac));
                        }
                    });
        }
    }

    @Test
    void namesWhatADriverCanDoByTheLastOfItsSteps() {
        assertThat(Port.describe(0)).isEqualTo("generic");
        assertThat(Port.describe(NetdevNetlink.XDP_BASIC)).isEqualTo("basic");
        assertThat(Port.describe(NetdevNetlink.XDP_BASIC | NetdevNetlink.XDP_REDIRECT))
                .isEqualTo("redirect");
        assertThat(Port.describe(NetdevNetlink.XDP_BASIC | NetdevNetlink.XDP_REDIRECT | NetdevNetlink.XDP_ZERO_COPY))
                .isEqualTo("zero-copy");
    }
}
