package io.penstock.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TwoStacksTest {
    @Test
    void answersEachRequestAndKeepsNoFrameOfIt() {
        for (int sizeBytes : new int[] {16, 64, 1_456}) {
            try (TwoStacks stacks = new TwoStacks(30, sizeBytes)) {
                stacks.connect();
                stacks.echo(1);
                int idle = stacks.framesInUse();
                stacks.echo(2_000); // some of them are compared word by word
                assertThat(stacks.framesInUse()).isLessThanOrEqualTo(idle + 30);
            }
        }
    }

    @Test
    void saysHowMuchPinnedMemoryIsInUse() {
        try (TwoStacks stacks = new TwoStacks(30, 64)) {
            stacks.connect();
            stacks.echo(1);
            assertThat(stacks.pinnedBytesInUse()).isEqualTo(2_048L * stacks.framesInUse());
        }
    }
}
