package io.penstock.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @Test
    void anIpv4EndpointIsParsedAndPrinted() {
        Endpoint endpoint = Endpoint.parse("198.18.0.2:7");
        assertThat(endpoint.isIpv4()).isTrue();
        assertThat(endpoint.ipv4()).isEqualTo(0xc6120002);
        assertThat(endpoint.port()).isEqualTo(7);
        assertThat(endpoint).hasToString("198.18.0.2:7").isEqualTo(Endpoint.ofIpv4(0xc6120002, 7));
    }

    @Test
    void anIpv6EndpointIsParsedAndPrinted() {
        Endpoint endpoint = Endpoint.parse("[2001:db8::2]:65535");
        assertThat(endpoint.isIpv4()).isFalse();
        assertThat(endpoint.high()).isEqualTo(0x2001_0db8_0000_0000L);
        assertThat(endpoint.low()).isEqualTo(2);
        assertThat(endpoint).hasToString("[2001:db8:0:0:0:0:0:2]:65535");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                ":7",
                "198.18.0.2",
                "198.18.0.2:",
                "198.18.0.2:65536",
                "198.18.0.2:-1",
                "256.1.1.1:7",
                "localhost:7",
                "1.2.3:7",
                "example.org:80",
                "[2001:db8::2:7",
                "198.18.0.2:x"
            })
    void malformedOnesAreRefusedInOneLineThatQuotesThem(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("expected for example")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void anyIsThePortAtEveryAddress() {
        Endpoint any = Endpoint.any(7);
        assertThat(any).isEqualTo(Endpoint.parse("[::]:7"));
        assertThat(any.port()).isEqualTo(7);
        assertThat(any.isIpv4()).isFalse();
    }
}
