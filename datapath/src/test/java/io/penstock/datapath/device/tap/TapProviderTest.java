package io.penstock.datapath.device.tap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Devices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names and hardware addresses, before the kernel is asked. */
class TapProviderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tap:a-name-that-is-too-long",
                "tap:a/b",
                "tap:tap%d",
                "tap:t0,mac=02:00:00:00:00",
                "tap:t0,mac=zz:00:00:00:00:00",
                "tap:t0,mac=01:00:5e:00:00:01",
                "tap:t0,queues=2"
            })
    void refusesWhatTheKernelCouldNotTake(String device) {
        TapProvider provider = new TapProvider();
        assertThatThrownBy(() -> provider.openPort(Devices.parse(device)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n");
    }

    @Test
    void makesHardwareAddressesThatNobodyElseWasGiven() {
        for (long random : new long[] {0, -1, 0x0123_4567_89ab_cdefL}) {
            long mac = TapProvider.randomMac(random);
            assertThat(mac >>> 48).isZero();
            assertThat(mac >>> 40 & 0x03)
                    .as("locally administered, not a group")
                    .isEqualTo(0x02);
        }
        assertThat(TapProvider.randomMac(5)).isNotEqualTo(TapProvider.randomMac(6));
    }
}
