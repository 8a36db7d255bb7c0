package io.penstock.benchmarks.micro;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AllowedCoresTest {

    @Test
    void readsTheKernelsListsOfCores() {
        assertThat(AllowedCores.parse("0-3,6,8-9")).containsExactly(0, 1, 2, 3, 6, 8, 9);
        assertThat(AllowedCores.parse("5")).containsExactly(5);
    }

    @Test
    void knowsAtLeastOneCoreOfThisProcess() {
        assertThat(AllowedCores.ofThisProcess()).isNotEmpty();
    }
}
