package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.device.DeviceSetup.Steering;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressPrefixTest {
    private static final DeviceSpec SPEC = Devices.parse("afxdp:vb");

    @Test
    void ipv4IsMappedAsEndpointsAre() {
        AddressPrefix one = AddressPrefix.ofIpv4(0xc6120002, 32);
        assertThat(one).isEqualTo(AddressPrefix.of(Endpoint.parse("198.18.0.2:0")));
        assertThat(one.isIpv4() && one.isOneAddress()).isTrue();
        assertThat(one.ipv4()).isEqualTo(0xc6120002);
        assertThat(one.ipv4Mask()).isEqualTo(-1);
        assertThat(one).hasToString("198.18.0.2");
    }

    @Test
    void countsBits() {
        AddressPrefix net = AddressPrefix.ofIpv4(0xc6120000, 15);
        assertThat(net.bits()).isEqualTo(111);
        assertThat(net.ipv4Mask()).isEqualTo(0xfffe0000);
        assertThat(net).hasToString("198.18.0.0/15");
        assertThat(AddressPrefix.ofIpv4(0, 0).ipv4Mask()).isZero();
        assertThat(AddressPrefix.any().isIpv4()).isFalse();
    }

    @Test
    void hasNoBitsBehindThePrefix() {
        assertThatThrownBy(() -> AddressPrefix.ofIpv4(0xc6120002, 15)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AddressPrefix(1, 0, 63)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AddressPrefix(0, 0, 129)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBackEndWithoutIpv6SaysSoInOneLine() {
        Steering both = new Steering(
                List.of(AddressPrefix.ofIpv4(1, 32), AddressPrefix.of(Endpoint.parse("[2001:db8::2]:0"))), List.of());
        assertThatThrownBy(() -> both.requireIpv4(SPEC))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("device 'afxdp:vb' cannot take packets to 2001:db8:0:0:0:0:0:2/128: this back end tells"
                        + " packets by IPv4 addresses only");
        Steering.everything().requireIpv4(SPEC);
        Steering.toAddress(1).requireIpv4(SPEC);
    }
}
