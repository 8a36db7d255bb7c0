package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.InvalidTokenException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.WaitResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a token is good for. */
interface TokenRules {
    Pair pair();

    @Test
    default void tokensArePositiveAndDistinct() {
        Pair p = pair();
        int queue = p.client.udp(0);
        Set<Long> tokens = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            long token = p.client.os.pop(queue);
            assertThat(token).isPositive();
            assertThat(tokens.add(token)).isTrue();
        }
    }

    @Test
    @SuppressWarnings("removal") // which is what keeps others from it
    default void whatIsNoTokenIsNotCalledAStaleOne() {
        LibOs os = pair().client.os;
        assertThatThrownBy(() -> os.waitFor(LibOs.NO_TOKEN, new Completion(), 0))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessageContaining("NO_TOKEN")
                .hasMessageContaining("refused for want of room");
        int queue = pair().client.udp(0);
        assertThat(os.pop(queue)).isGreaterThan(Integer.MAX_VALUE); // so that no queue passes for a token
        assertThatThrownBy(() -> os.waitFor((long) queue, new Completion(), 0))
                .isInstanceOf(InvalidTokenException.class);
        assertThatThrownBy(() -> os.waitFor(queue, new Completion(), 0))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessageContaining("perhaps it is a queue");
    }

    @Test
    default void eachTokenCompletesExactlyOnce() {
        Pair p = pair();
        int queue = p.server.udp(700);
        int sender = p.client.udp(0);
        List<Long> pops = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            pops.add(p.server.os.pop(queue));
        }
        List<Long> pushes = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            pushes.add(p.client.pushTo(sender, new byte[] {(byte) i}, p.server.at(700)));
        }
        // Side.keep() fails on a token that completes a second time.
        for (int i = 0; i < 60; i++) {
            p.ok(p.client, pushes.get(i));
            assertThat(p.ok(p.server, pops.get(i)).bytes()).containsExactly((byte) i);
        }
        p.ok(p.server, p.server.close(queue));
        for (int i = 60; i < 100; i++) {
            assertThat(p.await(p.server, pops.get(i)).status()).isEqualTo(Status.CANCELLED);
        }
        p.settle();
        assertThat(p.server.unseen()).isEmpty();
    }

    @Test
    default void aTokenWhoseCompletionWasTakenIsStale() {
        Pair p = pair();
        LibOs os = p.client.os;
        Completion c = new Completion();
        int queue = p.client.udp(0);
        long token = os.pop(queue);
        p.client.close(queue);
        assertThat(os.waitFor(token, c, 0)).isEqualTo(WaitResult.COMPLETED);
        assertThat(c.token()).isEqualTo(token);
        assertThatThrownBy(() -> os.waitFor(token, c, 0)).isInstanceOf(InvalidTokenException.class);
        int other = p.client.udp(0);
        long reused = os.pop(other);
        assertThat(reused).as("the slot is used again, the token is not").isNotEqualTo(token);
        assertThatThrownBy(() -> os.waitFor(token, c, 0)).isInstanceOf(InvalidTokenException.class);
    }

    @Test
    default void whatNeverWasATokenIsRefused() {
        LibOs os = pair().client.os;
        Completion c = new Completion();
        for (long wrong : new long[] {0, -1, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> os.waitFor(wrong, c, 0)).isInstanceOf(InvalidTokenException.class);
        }
    }

    @Test
    default void waitForTakesOneAndLeavesTheOthersInTheirOrder() {
        Pair p = pair();
        LibOs os = p.client.os;
        int queue = p.client.udp(0);
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            tokens.add(os.pop(queue));
        }
        long close = p.client.close(queue); // all complete, in order, and the close last
        Completion c = new Completion();
        assertThat(os.waitFor(tokens.get(3), c, 0)).isEqualTo(WaitResult.COMPLETED);
        assertThat(c.token()).isEqualTo(tokens.get(3));
        assertThat(os.waitFor(close, c, 0)).isEqualTo(WaitResult.COMPLETED);
        assertThat(c.token()).isEqualTo(close);
        for (int i : new int[] {0, 1, 2, 4}) {
            assertThat(os.waitNext(c, 0)).isEqualTo(WaitResult.COMPLETED);
            assertThat(c.token()).isEqualTo(tokens.get(i));
            assertThat(c.status()).isEqualTo(Status.CANCELLED);
        }
        assertThat(os.waitNext(c, 0)).isEqualTo(WaitResult.TIMED_OUT);
    }

    @Test
    default void completionsComeInTheOrderInWhichTheyHappened() {
        Pair p = pair();
        int queue = p.server.udp(700);
        int sender = p.client.udp(0);
        List<Long> pops = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            pops.add(p.server.os.pop(queue));
            p.client.pushTo(sender, new byte[] {(byte) i}, p.server.at(700));
        }
        p.until("all have come", () -> p.server.unseen().size() == 10);
        assertThat(p.server.unseen()).containsExactlyElementsOf(pops);
    }

    @Test
    default void withoutRoomForOneMoreOperationTheAnswerIsNoTokenAndNothingIsLost() {
        Pair p = pair();
        LibOs os = p.client.os;
        int queue = p.client.udp(0);
        int count = 0;
        while (os.pop(queue) != LibOs.NO_TOKEN) {
            assertThat(++count).isLessThan(1 << 24);
        }
        assertThat(count).isGreaterThan(64);
        assertThat(p.client.push(queue, pattern(1))).isEqualTo(LibOs.NO_TOKEN);
        assertThat(p.client.close(queue)).isEqualTo(LibOs.NO_TOKEN);
        assertThat(os.accept(queue)).isEqualTo(LibOs.NO_TOKEN);
        p.client.abort(queue);
        Completion c = new Completion();
        for (int i = 0; i < count; i++) {
            assertThat(os.waitNext(c, 0)).isEqualTo(WaitResult.COMPLETED);
            assertThat(c.status()).isEqualTo(Status.CANCELLED);
        }
        assertThat(os.waitNext(c, 0)).isEqualTo(WaitResult.TIMED_OUT);
        int next = p.client.udp(0);
        assertThat(os.pop(next)).isPositive();
    }
}
