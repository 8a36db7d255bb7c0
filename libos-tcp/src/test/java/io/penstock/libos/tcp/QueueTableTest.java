package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.InvalidQueueException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueueTableTest {
    @Test
    void givesPositiveDescriptorsThatLeadBack() {
        QueueTable table = new QueueTable(3);
        String[] queues = {"a", "b", "c"};
        int[] descriptors = new int[3];
        for (int i = 0; i < 3; i++) {
            descriptors[i] = table.add(queues[i]);
            assertThat(descriptors[i]).isPositive();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(table.get(descriptors[i])).isSameAs(queues[i]);
        }
        assertThat(table.add("d")).isZero();
        assertThat(table.count()).isEqualTo(3);
    }

    @Test
    void tellsAStaleDescriptorApartForALongTime() {
        QueueTable table = new QueueTable(65536);
        Set<Integer> seen = new HashSet<>();
        for (int i = 0; i < 1_000_000; i++) {
            int descriptor = table.add("x");
            assertThat(descriptor).isPositive();
            assertThat(seen.add(descriptor)).isTrue();
            table.remove(descriptor);
        }
    }

    @Test
    void wrapsItsGenerationsWithoutZeroOrNegativeNumbers() {
        QueueTable table = new QueueTable(1 << 20);
        for (int slot = 0; slot < 1 << 20; slot++) {
            assertThat(table.add("x")).isPositive();
        }
        int descriptor = table.descriptorAt(5);
        for (int i = 0; i < 5000; i++) {
            table.remove(descriptor);
            int next = table.add("y");
            assertThat(next).isPositive().isNotEqualTo(descriptor);
            descriptor = next;
        }
    }

    @Test
    void refusesWhatNeverWasADescriptor() {
        QueueTable table = new QueueTable(5);
        int descriptor = table.add("a");
        for (int wrong : new int[] {0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, descriptor ^ 7, descriptor << 1}) {
            assertThatThrownBy(() -> table.get(wrong)).isInstanceOf(InvalidQueueException.class);
        }
        table.remove(descriptor);
        assertThatThrownBy(() -> table.get(descriptor)).isInstanceOf(InvalidQueueException.class);
    }
}
