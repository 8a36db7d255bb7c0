package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.QueueOption;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Options of queues: what can be set, what is read back, who inherits it, and what a queue answers that has none. */
interface OptionRules {
    Pair pair();

    @Test
    default void everyOptionIsReadAsItWasSet() {
        LibOs os = pair().server.os;
        int queue = pair().server.socket(Transport.TCP);
        for (QueueOption.Flag flag : QueueOption.Flag.values()) {
            for (boolean value : new boolean[] {true, false, true}) {
                assertThat(os.set(queue, flag, value)).as(flag.name()).isEqualTo(Status.OK);
                assertThat(os.get(queue, flag)).as(flag.name()).isEqualTo(value);
            }
        }
        for (QueueOption.Amount amount : QueueOption.Amount.values()) {
            for (long value : new long[] {7, 100}) {
                assertThat(os.set(queue, amount, value)).as(amount.name()).isEqualTo(Status.OK);
                assertThat(os.get(queue, amount)).as(amount.name()).isEqualTo(value);
            }
        }
        String control = os.get(queue, QueueOption.Name.CONGESTION_CONTROL);
        assertThat(os.set(queue, QueueOption.Name.CONGESTION_CONTROL, control)).isEqualTo(Status.OK);
    }

    @Test
    default void aValueOutOfRangeChangesNothing() {
        LibOs os = pair().server.os;
        int queue = pair().server.socket(Transport.TCP);
        for (QueueOption.Amount amount : QueueOption.Amount.values()) {
            long before = os.get(queue, amount);
            for (long bad : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
                assertThat(os.set(queue, amount, bad)).as("%s %d", amount, bad).isEqualTo(Status.INVALID);
                assertThat(os.get(queue, amount)).as(amount.name()).isEqualTo(before);
            }
        }
        assertThat(os.set(queue, QueueOption.Name.CONGESTION_CONTROL, "no such"))
                .isEqualTo(Status.INVALID);
    }

    @Test
    default void aQueueOfUdpHasNoOptions() {
        LibOs os = pair().server.os;
        int udp = pair().server.udp(0);
        for (QueueOption.Flag flag : QueueOption.Flag.values()) {
            assertThat(os.set(udp, flag, true)).isEqualTo(Status.INVALID);
            assertThatThrownBy(() -> os.get(udp, flag))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(flag.name());
        }
        for (QueueOption.Amount amount : QueueOption.Amount.values()) {
            assertThat(os.set(udp, amount, 7)).isEqualTo(Status.INVALID);
            assertThatThrownBy(() -> os.get(udp, amount)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(os.set(udp, QueueOption.Name.CONGESTION_CONTROL, "newreno")).isEqualTo(Status.INVALID);
        assertThatThrownBy(() -> os.get(udp, QueueOption.Name.CONGESTION_CONTROL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void aClosedQueueIsStaleForOptionsToo() {
        LibOs os = pair().server.os;
        int queue = pair().connect().server();
        os.abort(queue);
        assertThatThrownBy(() -> os.set(queue, QueueOption.Flag.CORK, true)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> os.set(queue, QueueOption.Amount.SEND_BUFFER_BYTES, 7))
                .isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> os.set(queue, QueueOption.Name.CONGESTION_CONTROL, "newreno"))
                .isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> os.get(queue, QueueOption.Flag.CORK)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> os.get(queue, QueueOption.Amount.SEND_BUFFER_BYTES))
                .isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> os.get(queue, QueueOption.Name.CONGESTION_CONTROL))
                .isInstanceOf(InvalidQueueException.class);
    }

    @Test
    default void acceptedQueuesInheritFromTheirListenerAndThenHaveTheirOwn() {
        Pair p = pair();
        LibOs os = p.server.os;
        int listener = p.server.listen(0, 16);
        os.set(listener, QueueOption.Flag.NO_DELAY, false);
        os.set(listener, QueueOption.Amount.SEND_BUFFER_BYTES, 5_000);
        os.set(listener, QueueOption.Amount.RECEIVE_BUFFER_BYTES, 9_000);
        Endpoint local = new Endpoint();
        assertThat(os.local(listener, local)).isTrue();
        int queue = p.connect(listener, local.port()).server();
        assertThat(os.get(queue, QueueOption.Flag.NO_DELAY)).isFalse();
        assertThat(os.get(queue, QueueOption.Amount.SEND_BUFFER_BYTES)).isEqualTo(5_000);
        assertThat(os.get(queue, QueueOption.Amount.RECEIVE_BUFFER_BYTES)).isEqualTo(9_000);
        assertThat(os.sendRoomBytes(queue)).isEqualTo(5_000);

        assertThat(os.set(queue, QueueOption.Amount.SEND_BUFFER_BYTES, 6_000)).isEqualTo(Status.OK);
        assertThat(os.sendRoomBytes(queue)).isEqualTo(6_000);
        assertThat(os.get(listener, QueueOption.Amount.SEND_BUFFER_BYTES)).isEqualTo(5_000);
        int other = p.connect(listener, local.port()).server();
        assertThat(os.get(other, QueueOption.Amount.SEND_BUFFER_BYTES)).isEqualTo(5_000);
        assertThat(os.get(p.server.socket(Transport.TCP), QueueOption.Flag.NO_DELAY))
                .as("of a queue that inherits nothing")
                .isTrue();
    }

    @Test
    default void theCongestionControlIsSettledOnceAQueueConnectsOrListens() {
        Pair p = pair();
        Pair.Connection c = p.connect();
        int listener = p.server.listen(0, 16);
        String control = p.client.os.get(c.client(), QueueOption.Name.CONGESTION_CONTROL);
        assertThat(control).isNotEmpty();
        for (int queue : new int[] {c.server(), listener}) {
            assertThat(p.server.os.set(queue, QueueOption.Name.CONGESTION_CONTROL, control))
                    .isEqualTo(Status.INVALID);
        }
    }

    @Test
    default void whoReadsIntoASmallBufferGetsAllBytes() {
        Pair p = pair();
        int listener = p.server.listen(0, 16);
        p.server.os.set(listener, QueueOption.Amount.RECEIVE_BUFFER_BYTES, 4_000);
        Endpoint local = new Endpoint();
        assertThat(p.server.os.local(listener, local)).isTrue();
        Pair.Connection c = p.connect(listener, local.port());
        p.client.push(c.client(), pattern(30_000));
        byte[] all = pattern(30_000);
        byte[] first = p.pop(p.server, c.server());
        p.server.os.set(c.server(), QueueOption.Amount.RECEIVE_BUFFER_BYTES, 1_000);
        byte[] rest = p.popExactly(p.server, c.server(), all.length - first.length);
        assertSame(first, Arrays.copyOf(all, first.length));
        assertSame(rest, Arrays.copyOfRange(all, first.length, all.length));
    }
}
