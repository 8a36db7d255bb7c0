package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.LibOs;
import io.penstock.memory.Buffer;
import io.penstock.memory.BufferStateException;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who owns a buffer, and until when. That every frame comes home is checked after each test. */
interface OwnershipRules {
    Pair pair();

    @Test
    default void aPushedBufferMayBeReleasedAtOnce() {
        Pair p = pair();
        Connection c = p.connect();
        Buffer b = p.client.buffer(pattern(20_000));
        long push = p.client.os.push(c.client(), b);
        b.release();
        assertSame(p.popExactly(p.server, c.server(), 20_000), pattern(20_000));
        p.ok(p.client, push);
    }

    @Test
    default void aSecondReleaseAfterAPushIsDetected() {
        Pair p = pair();
        Connection c = p.connect();
        Buffer b = p.client.buffer(pattern(100));
        p.client.os.push(c.client(), b);
        b.release();
        assertThatThrownBy(b::release).isInstanceOf(BufferStateException.class);
        assertSame(p.pop(p.server, c.server()), pattern(100));
        int udp = p.client.udp(0);
        Buffer datagram = p.client.buffer(pattern(100));
        p.client.os.pushTo(udp, datagram, p.server.at(9));
        datagram.release();
        assertThatThrownBy(datagram::release).isInstanceOf(BufferStateException.class);
    }

    @Test
    default void aReleasedBufferCannotBePushed() {
        Pair p = pair();
        Connection c = p.connect();
        Buffer b = p.client.buffer(pattern(100));
        b.release();
        assertThatThrownBy(() -> p.client.os.push(c.client(), b)).isInstanceOf(BufferStateException.class);
        int udp = p.client.udp(0);
        assertThatThrownBy(() -> p.client.os.pushTo(udp, b, p.server.at(9))).isInstanceOf(BufferStateException.class);
    }

    @Test
    default void aPoppedBufferBelongsToTheApplicationAlsoAfterTheClose() {
        Pair p = pair();
        Connection c = p.connect();
        p.client.push(c.client(), pattern(1000));
        Done pop = p.ok(p.server, p.server.os.pop(c.server()));
        p.ok(p.server, p.server.close(c.server()));
        p.settle();
        assertSame(pop.bytes(), pattern(1000));
        assertThatThrownBy(() -> pop.buffer().release()).isInstanceOf(BufferStateException.class);
    }

    @Test
    default void theSameBufferMayBePushedToManyQueuesAtOnce() {
        Pair p = pair();
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            connections.add(p.connect());
        }
        Buffer b = p.client.buffer(pattern(700));
        for (Connection c : connections) {
            p.client.os.push(c.client(), b);
            p.client.os.push(c.client(), b);
        }
        b.release();
        for (Connection c : connections) {
            byte[] got = p.popExactly(p.server, c.server(), 1400);
            assertSame(java.util.Arrays.copyOf(got, 700), pattern(700));
            assertSame(java.util.Arrays.copyOfRange(got, 700, 1400), pattern(700));
        }
    }

    @Test
    default void slicesArePushedWithoutTouchingTheirNeighbours() {
        Pair p = pair();
        Connection c = p.connect();
        byte[] bytes = pattern(1000);
        Buffer b = p.client.buffer(bytes);
        for (int at = 0; at < 1000; at += 100) {
            Buffer slice = b.slice(at, 100);
            assertThat(p.client.os.push(c.client(), slice)).isPositive();
            slice.release();
        }
        assertSame(p.popExactly(p.server, c.server(), 1000), bytes);
        byte[] still = new byte[1000];
        b.getBytes(0, still, 0, 1000);
        assertSame(still, bytes);
        b.release();
    }

    @Test
    default void anEchoOfAPoppedBufferMayBeReleasedAtOnce() {
        Pair p = pair();
        Connection c = p.connect();
        for (int i = 0; i < 50; i++) {
            p.client.push(c.client(), pattern(64 + i));
            Done pop = p.ok(p.server, p.server.os.pop(c.server()));
            p.server.os.push(c.server(), pop.buffer());
            pop.buffer().release();
            assertSame(p.popExactly(p.client, c.client(), 64 + i), pattern(64 + i));
        }
    }

    @Test
    default void releaseWorksFromAnotherThread() throws InterruptedException {
        Pair p = pair();
        Connection c = p.connect();
        p.client.push(c.client(), pattern(3000));
        List<Buffer> popped = new ArrayList<>();
        int got = 0;
        while (got < 3000) {
            Done pop = p.ok(p.server, p.server.os.pop(c.server()));
            popped.add(pop.buffer());
            got += pop.lengthBytes();
        }
        Thread other = new Thread(() -> popped.forEach(Buffer::release));
        other.start();
        other.join(10_000);
        assertThat(other.isAlive()).isFalse();
        p.settle();
    }

    @Test
    default void allocateAnswersNullWhenNoFrameIsFreeAndTheStackGoesOn() {
        Pair p = pair();
        Connection c = p.connect();
        LibOs os = p.server.os;
        List<Buffer> hoard = new ArrayList<>();
        for (Buffer b = os.allocate(10_000); b != null; b = os.allocate(10_000)) {
            hoard.add(b);
        }
        for (Buffer b = os.allocate(1); b != null; b = os.allocate(1)) {
            hoard.add(b);
        }
        assertThat(hoard).isNotEmpty();
        // What is reserved for the stack lets it receive and answer.
        p.ok(p.client, p.client.push(c.client(), pattern(200)));
        assertSame(p.pop(p.server, c.server()), pattern(200));
        hoard.forEach(Buffer::release);
        Buffer again = os.allocate(10_000);
        assertThat(again).isNotNull();
        assertThat(again.chainLength()).isEqualTo(10_000);
        again.release();
    }
}
