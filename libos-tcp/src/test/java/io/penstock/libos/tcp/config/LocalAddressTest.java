package io.penstock.libos.tcp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.AddressPrefix;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stack's own addresses as text, of either family. */
class LocalAddressTest {
    @Test
    void readsBothFamilies() {
        LocalAddress four = LocalAddress.parse("198.18.0.2/24");
        assertThat(four.isIpv4()).isTrue();
        assertThat((int) four.low()).isEqualTo(0xc612_0002);
        assertThat(four.prefixLength()).isEqualTo(24);
        assertThat(four.exact()).isEqualTo(AddressPrefix.ofIpv4(0xc612_0002, 32));
        LocalAddress six = LocalAddress.parse("2001:db8::2/64");
        assertThat(six.isIpv4()).isFalse();
        assertThat(six.high()).isEqualTo(0x2001_0db8_0000_0000L);
        assertThat(six.low()).isEqualTo(2);
    }

    @Test
    void readsSeveralAndWritesThemAsItReadsThem() {
        List<LocalAddress> three = LocalAddress.parseAll("198.18.0.2/24,198.18.0.3/24, 2001:db8::2/64");
        assertThat(three).hasSize(3);
        assertThat(LocalAddress.parseAll(LocalAddress.format(three))).isEqualTo(three);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "198.18.0.2", "198.18.0.2/", "/24", "198.18.0.2/x", "198.18.0.2/1000", "198.18.0/24", ","})
    void refusesInOneLineWhatIsNone(String text) {
        assertThatThrownBy(() -> LocalAddress.parseAll(text))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains("198.18.0.2")
                .doesNotContain("\n");
    }
}
