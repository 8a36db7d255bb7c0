package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import org.junit.jupiter.api.Test;

class DeviceSpecTest {
    @Test
    void schemeNameAndOptionsAreToldApart() {
        DeviceSpec spec = Devices.parse("afxdp:vb,mode=generic,ring=512");
        assertThat(spec.scheme()).isEqualTo("afxdp");
        assertThat(spec.name()).isEqualTo("vb");
        assertThat(spec.option("mode", "auto")).isEqualTo("generic");
        assertThat(spec.option("queues", "all")).isEqualTo("all");
        assertThat(spec).hasToString("afxdp:vb,mode=generic,ring=512");
    }

    @Test
    void aNameWithoutASchemeIsRefused() {
        assertThatThrownBy(() -> Devices.parse("vb"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("'vb' is not a device: expected BACKEND:NAME");
    }

    @Test
    void aSchemeWithoutANameIsRefused() {
        assertThatThrownBy(() -> Devices.parse("tap:")).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void anOptionWithoutAValueIsRefused() {
        assertThatThrownBy(() -> Devices.parse("tap:t0,x="))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("KEY=VALUE");
    }

    @Test
    void anOptionThatTheBackEndDoesNotKnowIsRefused() {
        DeviceSpec spec = Devices.parse("afxdp:vb,speed=11");
        assertThatThrownBy(() -> spec.allowOnly("mode", "ring"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no option 'speed': known are mode, ring");
    }
}
