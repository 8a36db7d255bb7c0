package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Opening connections, and moving bytes over them. */
interface ConnectRules {
    Pair pair();

    @Test
    default void bothEndsKnowEachOther() {
        Pair p = pair();
        int listener = p.server.listen(700, 4);
        Connection c = p.connect(listener, 700);
        Endpoint local = new Endpoint();
        Endpoint peer = new Endpoint();
        assertThat(p.client.os.peer(c.client(), peer)).isTrue();
        assertThat(peer).isEqualTo(p.server.at(700));
        assertThat(p.server.os.local(c.server(), local)).isTrue();
        assertThat(local).isEqualTo(p.server.at(700));
        assertThat(p.client.os.local(c.client(), local)).isTrue();
        assertThat(p.server.os.peer(c.server(), peer)).isTrue();
        assertThat(peer).isEqualTo(local);
        assertThat(local.port()).isPositive();
        assertThat(p.client.os.peer(p.client.socket(Transport.TCP), peer)).isFalse();
    }

    @Test
    default void acceptTellsWhoConnected() {
        Pair p = pair();
        int listener = p.server.listen(700, 4);
        long accept = p.server.os.accept(listener);
        int queue = p.client.socket(Transport.TCP);
        assertThat(p.client.os.bind(queue, p.client.at(45_678))).isEqualTo(Status.OK);
        p.ok(p.client, p.client.os.connect(queue, p.server.at(700)));
        assertThat(p.ok(p.server, accept).peer()).isEqualTo(p.client.at(45_678));
    }

    @Test
    default void aPortWhereNobodyListensRefuses() {
        Pair p = pair();
        int queue = p.client.socket(Transport.TCP);
        assertThat(p.await(p.client, p.client.os.connect(queue, p.server.at(9))).status())
                .isEqualTo(Status.CONNECTION_REFUSED);
    }

    @Test
    default void anAddressThatNobodyHasIsUnreachable() {
        Pair p = pair();
        int queue = p.client.socket(Transport.TCP);
        Endpoint nobody = new Endpoint().copyFrom(p.link.nobody());
        nobody.set(nobody.high(), nobody.low(), 700);
        assertThat(p.await(p.client, p.client.os.connect(queue, nobody)).status())
                .isEqualTo(Status.HOST_UNREACHABLE);
    }

    @Test
    default void anotherNetworkIsUnreachableWithoutAGateway() {
        Pair p = pair();
        int queue = p.client.socket(Transport.TCP);
        assertThat(p.await(p.client, p.client.os.connect(queue, Endpoint.of("192.0.2.1", 700)))
                        .status())
                .isEqualTo(Status.NETWORK_UNREACHABLE);
    }

    @Test
    default void operationsThatDoNotFitTheQueueAreInvalid() {
        Pair p = pair();
        LibOs os = p.client.os;
        int fresh = p.client.socket(Transport.TCP);
        assertThat(os.listen(fresh, 4)).as("not bound").isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, os.accept(fresh)).status()).isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, os.pop(fresh)).status()).isEqualTo(Status.NOT_CONNECTED);
        assertThat(p.await(p.client, p.client.push(fresh, pattern(1))).status()).isEqualTo(Status.NOT_CONNECTED);
        assertThat(p.await(p.client, p.client.pushTo(fresh, pattern(1), p.server.at(9)))
                        .status())
                .isEqualTo(Status.INVALID);
        assertThat(os.shutdown(fresh)).isEqualTo(Status.NOT_CONNECTED);
        Connection c = p.connect();
        assertThat(os.listen(c.client(), 4)).isEqualTo(Status.INVALID);
        assertThat(os.bind(c.client(), p.client.at(1))).isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, os.connect(c.client(), p.server.at(9))).status())
                .isEqualTo(Status.INVALID);
        assertThatThrownBy(() -> os.pop(c.client(), 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> os.pop(c.client(), -5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void aPortBelongsToOneListener() {
        Pair p = pair();
        p.server.listen(700, 4);
        int second = p.server.socket(Transport.TCP);
        assertThat(p.server.os.bind(second, p.server.at(700))).isEqualTo(Status.ADDRESS_IN_USE);
        assertThat(p.server.os.bind(second, p.client.at(701))).isEqualTo(Status.ADDRESS_NOT_AVAILABLE);
        assertThat(p.server.os.bind(second, p.server.at(701))).isEqualTo(Status.OK);
        p.server.udp(700); // UDP's ports are others
    }

    @Test
    default void acceptsMayComeBeforeOrAfterTheConnections() {
        Pair p = pair();
        int listener = p.server.listen(700, 64);
        List<Long> accepts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            accepts.add(p.server.os.accept(listener));
        }
        List<Long> connects = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            connects.add(p.client.os.connect(p.client.socket(Transport.TCP), p.server.at(700)));
        }
        connects.forEach(token -> p.ok(p.client, token));
        for (int i = 0; i < 10; i++) {
            accepts.add(p.server.os.accept(listener));
        }
        assertThat(accepts.stream().map(token -> p.ok(p.server, token).newQueue()))
                .hasSize(20)
                .doesNotHaveDuplicates();
    }

    @Test
    default void aPopWithALimitLeavesTheRest() {
        Pair p = pair();
        Connection c = p.connect();
        p.client.push(c.client(), pattern(100));
        p.settle();
        java.io.ByteArrayOutputStream got = new java.io.ByteArrayOutputStream();
        for (int limit : new int[] {1, 7, 30, 62}) {
            byte[] some = p.ok(p.server, p.server.os.pop(c.server(), limit)).bytes();
            assertThat(some.length).isBetween(1, limit);
            got.writeBytes(some);
        }
        if (got.size() < 100) {
            got.writeBytes(p.popExactly(p.server, c.server(), 100 - got.size()));
        }
        assertSame(got.toByteArray(), pattern(100));
    }

    @Test
    default void aPendingPopHonoursItsLimit() {
        Pair p = pair();
        Connection c = p.connect();
        long first = p.server.os.pop(c.server(), 10);
        long second = p.server.os.pop(c.server(), 20);
        p.client.push(c.client(), pattern(30));
        byte[] one = p.ok(p.server, first).bytes();
        byte[] two = p.ok(p.server, second).bytes();
        assertSame(one, pattern(10));
        assertSame(two, java.util.Arrays.copyOfRange(pattern(30), 10, 30));
    }

    @Test
    default void aPushOfNothingCompletesAndSendsNothing() {
        Pair p = pair();
        Connection c = p.connect();
        assertThat(p.ok(p.client, p.client.push(c.client(), new byte[0])).lengthBytes())
                .isZero();
        p.client.push(c.client(), pattern(5));
        p.client.push(c.client(), new byte[0]);
        assertSame(p.pop(p.server, c.server()), pattern(5));
        long pop = p.server.os.pop(c.server());
        p.settle();
        assertThat(p.server.isDone(pop)).isFalse();
    }

    @Test
    default void aChainArrivesInOrderWithoutGaps() {
        Pair p = pair();
        Connection c = p.connect();
        byte[] all = pattern(300);
        Buffer chain = null;
        for (int at = 300; at > 0; ) {
            int length = Math.min(at, 1 + at % 37);
            at -= length;
            Buffer piece = p.client.buffer(java.util.Arrays.copyOfRange(all, at, at + length));
            piece.next(chain);
            Buffer empty = p.client.buffer(new byte[0]);
            empty.next(piece);
            chain = empty;
        }
        long push = p.client.os.push(c.client(), chain);
        chain.release();
        assertSame(p.popExactly(p.server, c.server(), 300), all);
        assertThat(p.ok(p.client, push).lengthBytes()).isEqualTo(300);
    }

    @Test
    default void aPushCompletesWithItsLengthWhenThePeerHasIt() {
        Pair p = pair();
        Connection c = p.connect();
        long push = p.client.push(c.client(), pattern(10_000));
        assertThat(p.ok(p.client, push).lengthBytes()).isEqualTo(10_000);
        assertSame(p.popExactly(p.server, c.server(), 10_000), pattern(10_000));
    }
}
