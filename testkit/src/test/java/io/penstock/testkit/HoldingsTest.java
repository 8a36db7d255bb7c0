package io.penstock.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.memory.Region;
import io.penstock.testkit.process.Child;
import java.util.List;
import org.junit.jupiter.api.Test;

class HoldingsTest {
    @Test
    void namesWhatIsLeftBehind() {
        Holdings before = Holdings.now();
        try (Region region = Region.mapSmall(1 << 20);
                Child child = Child.start("cat", List.of("cat"))) {
            assertThat(Holdings.now().differencesFrom(before)).containsOnlyKeys("children", "descriptors", "mappings");
            assertThatThrownBy(() -> Holdings.assertSameAs(before))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("children=[] before, [" + child.pid() + "] after");
            assertThat(region.lengthBytes()).isPositive();
        }
        Holdings.assertSameAs(before);
    }
}
