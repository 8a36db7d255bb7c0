package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.memory.Buffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Datagrams. */
interface UdpRules {
    Pair pair();

    @Test
    default void aDatagramArrivesWholeWithItsSender() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.udp(45_000);
        for (int length : new int[] {0, 1, 2, 63, 64, 1000, 1472}) {
            long push = p.client.pushTo(client, pattern(length), p.server.at(700));
            Done got = p.ok(p.server, p.server.os.pop(server));
            assertThat(got.peer()).isEqualTo(p.client.at(45_000));
            assertThat(got.buffer()).as("also an empty one is a buffer").isNotNull();
            assertSame(got.bytes(), pattern(length));
            assertThat(p.ok(p.client, push).lengthBytes()).isEqualTo(length);
        }
    }

    @Test
    default void boundariesAreKeptAlsoWhenDatagramsQueueUp() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.udp(0);
        for (int length = 1; length <= 50; length++) {
            p.client.pushTo(client, pattern(length), p.server.at(700));
        }
        p.settle();
        for (int length = 1; length <= 50; length++) {
            assertSame(p.pop(p.server, server), pattern(length));
        }
    }

    @Test
    default void aPopWithALimitKeepsTheRestOfTheDatagramForTheNext() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.udp(45_000);
        p.client.pushTo(client, pattern(100), p.server.at(700));
        p.client.pushTo(client, pattern(10), p.server.at(700));
        byte[] got = new byte[0];
        for (int limit : new int[] {30, 30, 1000}) {
            Done part = p.ok(p.server, p.server.os.pop(server, limit));
            assertThat(part.peer()).isEqualTo(p.client.at(45_000));
            byte[] bytes = part.bytes();
            assertThat(bytes).hasSize(Math.min(limit, 100 - got.length));
            int before = got.length;
            got = Arrays.copyOf(got, before + bytes.length);
            System.arraycopy(bytes, 0, got, before, bytes.length);
        }
        assertSame(got, pattern(100));
        assertSame(p.pop(p.server, server), pattern(10));
    }

    @Test
    default void anEchoGoesBackInThePoppedBuffer() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.udp(0);
        for (int i = 0; i < 50; i++) {
            long pop = p.server.os.pop(server);
            p.client.pushTo(client, pattern(20 + i), p.server.at(700));
            Done request = p.ok(p.server, pop);
            p.server.os.pushTo(server, request.buffer(), request.peer());
            request.buffer().release();
            Done answer = p.ok(p.client, p.client.os.pop(client));
            assertThat(answer.peer()).isEqualTo(p.server.at(700));
            assertSame(answer.bytes(), pattern(20 + i));
        }
    }

    @Test
    default void aChainIsOneDatagram() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.udp(0);
        Buffer first = p.client.buffer(Arrays.copyOf(pattern(30), 10));
        first.next(p.client.buffer(Arrays.copyOfRange(pattern(30), 10, 30)));
        p.client.os.pushTo(client, first, p.server.at(700));
        first.release();
        assertSame(p.pop(p.server, server), pattern(30));
    }

    @Test
    default void whatOnePacketCannotCarryIsTooLong() {
        Pair p = pair();
        int client = p.client.udp(0);
        for (int length : new int[] {1473, 5000}) {
            Done push = p.await(p.client, p.client.pushTo(client, pattern(length), p.server.at(700)));
            assertThat(push.status()).isEqualTo(Status.MESSAGE_TOO_LONG);
            assertThat(push.lengthBytes()).isZero();
        }
    }

    @Test
    default void aConnectedQueueSpeaksAndListensToItsPeerOnly() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.socket(Transport.UDP);
        assertThat(p.await(p.client, p.client.push(client, pattern(1))).status())
                .isEqualTo(Status.NOT_CONNECTED);
        p.ok(p.client, p.client.os.connect(client, p.server.at(700)));
        p.ok(p.client, p.client.push(client, pattern(5)));
        Done request = p.ok(p.server, p.server.os.pop(server));
        assertSame(request.bytes(), pattern(5));
        int stranger = p.server.udp(701);
        p.server.pushTo(stranger, pattern(6), request.peer());
        p.server.pushTo(server, pattern(7), request.peer());
        assertSame(p.pop(p.client, client), pattern(7));
        Endpoint peer = new Endpoint();
        assertThat(p.client.os.peer(client, peer)).isTrue();
        assertThat(peer).isEqualTo(p.server.at(700));
        assertThat(p.client.os.peer(p.client.udp(0), peer)).isFalse();
    }

    @Test
    default void aConnectedQueueLearnsThatNobodyListens() {
        Pair p = pair();
        int client = p.client.socket(Transport.UDP);
        p.ok(p.client, p.client.os.connect(client, p.server.at(9)));
        long pop = p.client.os.pop(client);
        p.client.push(client, pattern(1));
        assertThat(p.await(p.client, pop).status()).isEqualTo(Status.CONNECTION_REFUSED);
    }

    @Test
    default void portsAreExclusiveAndChosenWhenZero() {
        Pair p = pair();
        int first = p.client.udp(700);
        int second = p.client.socket(Transport.UDP);
        assertThat(p.client.os.bind(second, p.client.at(700))).isEqualTo(Status.ADDRESS_IN_USE);
        assertThat(p.client.os.bind(second, p.server.at(701))).isEqualTo(Status.ADDRESS_NOT_AVAILABLE);
        assertThat(p.client.os.bind(first, p.client.at(701))).isEqualTo(Status.INVALID);
        assertThat(p.client.os.bind(second, p.client.at(0))).isEqualTo(Status.OK);
        Endpoint local = new Endpoint();
        assertThat(p.client.os.local(second, local)).isTrue();
        assertThat(local.port()).isGreaterThan(1023);
        p.ok(p.client, p.client.close(first));
        int third = p.client.socket(Transport.UDP);
        assertThat(p.client.os.bind(third, p.client.at(700))).isEqualTo(Status.OK);
    }

    @Test
    default void operationsOfStreamsAreInvalid() {
        Pair p = pair();
        LibOs os = p.client.os;
        int queue = p.client.udp(700);
        assertThat(os.listen(queue, 5)).isEqualTo(Status.INVALID);
        assertThat(os.shutdown(queue)).isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, os.accept(queue)).status()).isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, p.client.pushTo(queue, pattern(1), p.server.at(0)))
                        .status())
                .isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, os.connect(queue, new Endpoint())).status())
                .isEqualTo(Status.INVALID);
        assertThat(p.await(p.client, p.client.pushTo(queue, pattern(1), Endpoint.of("192.0.2.1", 7)))
                        .status())
                .isEqualTo(Status.NETWORK_UNREACHABLE);
    }

    @Test
    default void closeCancelsPopsAndGivesQueuedDatagramsBack() {
        Pair p = pair();
        int server = p.server.udp(700);
        int client = p.client.udp(0);
        for (int i = 0; i < 20; i++) {
            p.client.pushTo(client, pattern(100), p.server.at(700));
        }
        p.settle();
        p.ok(p.server, p.server.close(server));
        long pop = p.client.os.pop(client);
        p.ok(p.client, p.client.close(client));
        assertThat(p.await(p.client, pop).status()).isEqualTo(Status.CANCELLED);
    }
}
