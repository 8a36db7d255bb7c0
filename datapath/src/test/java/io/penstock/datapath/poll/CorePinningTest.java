package io.penstock.datapath.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.proc.CpuAffinity;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A thread on a core of its own. */
class CorePinningTest {
    @Test
    void leavesTheThreadOneCore() throws InterruptedException {
        AtomicReference<BitSet> seen = new AtomicReference<>();
        int core = CpuAffinity.get().nextSetBit(0);
        Thread thread = new Thread(() -> {
            CorePinning.pinCurrentThread(core);
            seen.set(CpuAffinity.get());
        });
        BitSet before = CpuAffinity.get();
        thread.start();
        thread.join();
        BitSet one = new BitSet();
        one.set(core);
        assertThat(seen.get()).isEqualTo(one);
        assertThat(CpuAffinity.get()).as("other threads").isEqualTo(before);
    }

    @Test
    void namesTheCoresThatThereAreIfThisOneIsNot() {
        for (int core : new int[] {-1, 4095, 1 << 20}) {
            assertThatThrownBy(() -> CorePinning.pinCurrentThread(core))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("core " + core + " does not exist")
                    .hasMessageContaining("the cores of this machine are " + CorePinning.online());
        }
        assertThat(CorePinning.online()).startsWith("0");
    }
}
