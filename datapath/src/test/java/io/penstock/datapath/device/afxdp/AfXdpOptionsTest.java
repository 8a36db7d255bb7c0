package io.penstock.datapath.device.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.Devices;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator may write behind the interface's name. */
class AfXdpOptionsTest {
    private static AfXdpOptions parse(String text) {
        return AfXdpOptions.of(Devices.parse(text));
    }

    @Test
    void takesEverythingFromAnInterfacesNameAlone() {
        AfXdpOptions options = parse("afxdp:vb");
        assertThat(options)
                .isEqualTo(new AfXdpOptions(
                        "vb", AfXdpOptions.Mode.AUTO, AfXdpOptions.Copy.AUTO, AfXdpOptions.Queues.ALL, 2048, 0));
    }

    @Test
    void readsEveryOption() {
        AfXdpOptions options = parse("afxdp:eth1,mode=native,copy=copy,queues=2-5,ring=512,busypoll=20");
        assertThat(options)
                .isEqualTo(new AfXdpOptions(
                        "eth1",
                        AfXdpOptions.Mode.NATIVE,
                        AfXdpOptions.Copy.COPY,
                        new AfXdpOptions.Queues(2, 5),
                        512,
                        20));
    }

    @Test
    void readsOneQueue() {
        assertThat(parse("afxdp:vb,queues=3").queues()).isEqualTo(new AfXdpOptions.Queues(3, 3));
        assertThat(parse("afxdp:vb,queues=all").queues()).isEqualTo(AfXdpOptions.Queues.ALL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    mode=fast      | auto, native or generic
                    copy=no        | auto, zerocopy or copy
                    ring=100       | a power of two
                    ring=32        | a number from 64
                    ring=65536     | to 32768
                    ring=many      | a number
                    queues=-1      | one queue such as 0
                    queues=3-1     | a range such as 0-3
                    queues=0-      | one queue such as 0
                    queues=1024    | one queue such as 0
                    busypoll=-1    | a number from 0
                    speed=fast     | known are mode, queues, ring, copy, busypoll
                    """)
    void refusesWhatItDoesNotUnderstand(String option, String expected) {
        assertThatThrownBy(() -> parse("afxdp:vb," + option))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("afxdp:vb," + option)
                .hasMessageContaining(expected)
                .hasMessageNotContaining("\n");
    }

    @Test
    void refusesZeroCopyInGenericMode() {
        assertThatThrownBy(() -> parse("afxdp:vb,mode=generic,copy=zerocopy"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("generic mode always copies");
    }
}
