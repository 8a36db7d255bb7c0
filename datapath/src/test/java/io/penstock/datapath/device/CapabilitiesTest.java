package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    @Test
    void aDeviceDoesNothingElseUnlessItSaysSo() {
        Capabilities none = new DeviceInfo("x:0", "", 0, 1500, 1).capabilities();
        for (Offload offload : Offload.values()) {
            assertThat(none.has(offload)).isFalse();
        }
        assertThat(none.txRoomBytes()).isZero();
        assertThat(none.maxTsoBytes()).isZero();
    }

    @Test
    void theyDoNotChangeWithTheSetTheyWereMadeFrom() {
        EnumSet<Offload> set = EnumSet.of(Offload.RX_CHECKSUM);
        Capabilities made = new Capabilities(set, 0, 0);
        set.add(Offload.MULTI_SEGMENT);
        assertThat(made.offloads()).containsExactly(Offload.RX_CHECKSUM);
    }

    @Test
    void cuttingAndTheSizeToCutGoTogether() {
        Set<Offload> cuts = Set.of(Offload.TCP_SEGMENTATION);
        assertThat(new Capabilities(cuts, 0, 65495).maxTsoBytes()).isEqualTo(65495);
        assertThatThrownBy(() -> new Capabilities(cuts, 0, 0)).hasMessageContaining("expected 1 to 65495");
        assertThatThrownBy(() -> new Capabilities(cuts, 0, 65496)).hasMessageContaining("expected 1 to 65495");
        assertThatThrownBy(() -> new Capabilities(Set.of(), 0, 1)).hasMessageContaining("expected 0");
        assertThatThrownBy(() -> new Capabilities(Set.of(), -1, 0)).hasMessageContaining("not -1");
    }
}
