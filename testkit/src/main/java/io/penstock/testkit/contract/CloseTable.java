package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Status;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each row of the close table of {@code LibOs}. The row "the peer fell silent" needs a wire that can be cut. */
interface CloseTable {
    Pair pair();

    /** Pushes until no more fits while nobody reads, so that the last ones wait. Returns their tokens. */
    private List<Long> fill(Side side, int queue, byte[] piece) {
        List<Long> tokens = new ArrayList<>();
        pair().untilStalled(() -> {
            Buffer b = side.os.allocate(piece.length);
            if (b == null) {
                return false;
            }
            b.release();
            long token = side.push(queue, piece);
            return token != LibOs.NO_TOKEN && tokens.add(token);
        });
        assertThat(tokens).isNotEmpty();
        return tokens;
    }

    private void assertStale(Side side, int queue) {
        Buffer b = side.buffer(new byte[1]);
        assertThatThrownBy(() -> side.os.pop(queue)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.push(queue, b)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.pushTo(queue, b, new Endpoint())).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.accept(queue)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.connect(queue, new Endpoint())).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.bind(queue, new Endpoint())).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.listen(queue, 1)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.shutdown(queue)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.closeQueue(queue)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.abort(queue)).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.peer(queue, new Endpoint())).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> side.os.local(queue, new Endpoint())).isInstanceOf(InvalidQueueException.class);
        b.release();
    }

    @Test
    default void finLetsPopsReadWhatArrivedThenEndsTheStreamEachTime() {
        Pair p = pair();
        Connection c = p.connect();
        p.client.push(c.client(), pattern(5000));
        p.client.close(c.client());
        p.settle();
        assertSame(p.popExactly(p.server, c.server(), 5000), pattern(5000));
        for (int i = 0; i < 3; i++) {
            Done end = p.ok(p.server, p.server.os.pop(c.server()));
            assertThat(end.lengthBytes()).isZero();
            assertThat(end.buffer()).isNull();
        }
    }

    @Test
    default void finEndsPendingPops() {
        Pair p = pair();
        Connection c = p.connect();
        long first = p.server.os.pop(c.server());
        long second = p.server.os.pop(c.server());
        p.client.push(c.client(), pattern(10));
        p.client.os.shutdown(c.client());
        assertSame(p.ok(p.server, first).bytes(), pattern(10));
        Done end = p.ok(p.server, second);
        assertThat(end.lengthBytes()).isZero();
        assertThat(end.buffer()).isNull();
    }

    @Test
    default void afterFinPushesGoOn() {
        Pair p = pair();
        Connection c = p.connect();
        assertThat(p.client.os.shutdown(c.client())).isEqualTo(Status.OK);
        assertThat(p.pop(p.server, c.server())).isEmpty();
        long push = p.server.push(c.server(), pattern(100_000));
        assertSame(p.popExactly(p.client, c.client(), 100_000), pattern(100_000));
        assertThat(p.ok(p.server, push).lengthBytes()).isEqualTo(100_000);
        p.ok(p.server, p.server.close(c.server()));
        assertThat(p.pop(p.client, c.client())).isEmpty();
        p.ok(p.client, p.client.close(c.client()));
    }

    @Test
    default void resetEndsPendingOperations() {
        Pair p = pair();
        Connection c = p.connect();
        List<Long> pushes = fill(p.client, c.client(), pattern(4000));
        long pop = p.client.os.pop(c.client());
        p.server.abort(c.server());
        assertThat(p.await(p.client, pop).status()).isEqualTo(Status.CONNECTION_RESET);
        assertThat(p.await(p.client, pushes.getLast()).status()).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    default void afterResetPopsReadWhatArrivedThenTellAndPushesTellAtOnce() {
        Pair p = pair();
        Connection c = p.connect();
        p.ok(p.client, p.client.push(c.client(), pattern(3000)));
        p.client.abort(c.client());
        p.settle();
        assertThat(p.await(p.server, p.server.push(c.server(), pattern(1))).status())
                .isEqualTo(Status.CONNECTION_RESET);
        assertSame(p.popExactly(p.server, c.server(), 3000), pattern(3000));
        for (int i = 0; i < 3; i++) {
            Done pop = p.await(p.server, p.server.os.pop(c.server()));
            assertThat(pop.status()).isEqualTo(Status.CONNECTION_RESET);
            assertThat(pop.buffer()).isNull();
        }
        assertThat(p.server.os.shutdown(c.server())).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    default void shutdownSendsWhatWasPushedThenFinAndRefusesMore() {
        Pair p = pair();
        Connection c = p.connect();
        byte[] all = pattern(100_000);
        long push = p.client.push(c.client(), all);
        assertThat(p.client.os.shutdown(c.client())).isEqualTo(Status.OK);
        assertThat(p.await(p.client, p.client.push(c.client(), pattern(1))).status())
                .isEqualTo(Status.BROKEN_PIPE);
        assertSame(p.popAll(p.server, c.server()), all);
        assertThat(p.ok(p.client, push).lengthBytes()).isEqualTo(all.length);
    }

    @Test
    default void shutdownLetsPopsGoOn() {
        Pair p = pair();
        Connection c = p.connect();
        long pending = p.client.os.pop(c.client());
        assertThat(p.client.os.shutdown(c.client())).isEqualTo(Status.OK);
        p.server.push(c.server(), pattern(500));
        assertSame(p.ok(p.client, pending).bytes(), pattern(500));
        p.server.push(c.server(), pattern(600));
        assertSame(p.pop(p.client, c.client()), pattern(600));
    }

    @Test
    default void closeCancelsPendingPops() {
        Pair p = pair();
        Connection c = p.connect();
        long first = p.client.os.pop(c.client());
        long second = p.client.os.pop(c.client(), 5);
        p.client.close(c.client());
        for (long token : new long[] {first, second}) {
            Done pop = p.await(p.client, token);
            assertThat(pop.status()).isEqualTo(Status.CANCELLED);
            assertThat(pop.buffer()).isNull();
            assertThat(pop.lengthBytes()).isZero();
        }
    }

    @Test
    default void closeCancelsPendingPushesAtOnceYetSendsThemThenFin() {
        Pair p = pair();
        Connection c = p.connect();
        byte[] piece = pattern(4000);
        List<Long> pushes = fill(p.client, c.client(), piece);
        long close = p.client.close(c.client());
        Done last = p.await(p.client, pushes.getLast());
        assertThat(last.status()).isEqualTo(Status.CANCELLED);
        assertThat(p.client.isDone(close)).as("nobody has read yet").isFalse();
        byte[] got = p.popAll(p.server, c.server());
        assertThat(got).hasSize(pushes.size() * piece.length);
        for (int i = 0; i < pushes.size(); i++) {
            assertSame(java.util.Arrays.copyOfRange(got, i * piece.length, (i + 1) * piece.length), piece);
        }
        p.ok(p.client, close);
    }

    @Test
    default void closeMakesTheDescriptorStaleAtOnce() {
        Pair p = pair();
        Connection c = p.connect();
        long close = p.client.close(c.client());
        assertStale(p.client, c.client());
        p.ok(p.client, close);
        assertStale(p.client, c.client());
        int next = p.client.socket(io.penstock.datapath.Transport.TCP);
        assertThat(next).isNotEqualTo(c.client());
        assertStale(p.client, c.client());
    }

    @Test
    default void closeWithUnreadDataResets() {
        Pair p = pair();
        Connection c = p.connect();
        p.ok(p.client, p.client.push(c.client(), pattern(100)));
        long close = p.server.close(c.server());
        assertThat(p.await(p.server, close).status()).isEqualTo(Status.CONNECTION_ABORTED);
        assertThat(p.await(p.client, p.client.os.pop(c.client())).status()).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    default void abortCancelsAndDiscardsAndResets() {
        Pair p = pair();
        Connection c = p.connect();
        List<Long> pushes = fill(p.client, c.client(), pattern(4000));
        long pop = p.client.os.pop(c.client());
        p.client.abort(c.client());
        assertStale(p.client, c.client());
        assertThat(p.await(p.client, pop).status()).isEqualTo(Status.CANCELLED);
        assertThat(p.await(p.client, pushes.getLast()).status()).isEqualTo(Status.CANCELLED);
        p.settle();
        Done end = p.await(p.server, p.server.os.pop(c.server()));
        while (end.status() == Status.OK) {
            assertThat(end.bytes()).isNotEmpty();
            end = p.await(p.server, p.server.os.pop(c.server()));
        }
        assertThat(end.status()).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    default void closingAListenerCancelsItsAcceptsAndResetsWhoWaits() {
        Pair p = pair();
        int listener = p.server.listen(700, 4);
        long accept = p.server.os.accept(listener);
        p.ok(p.server, p.server.close(listener));
        assertThat(p.await(p.server, accept).status()).isEqualTo(Status.CANCELLED);
        int again = p.server.listen(700, 4);
        int queue = p.client.socket(io.penstock.datapath.Transport.TCP);
        p.ok(p.client, p.client.os.connect(queue, p.server.at(700)));
        p.settle();
        p.server.close(again);
        assertThat(p.await(p.client, p.client.os.pop(queue)).status()).isEqualTo(Status.CONNECTION_RESET);
    }

    @Test
    default void bothSidesMayCloseAtOnce() {
        Pair p = pair();
        for (int i = 0; i < 20; i++) {
            Connection c = p.connect();
            long first = p.client.close(c.client());
            long second = p.server.close(c.server());
            p.ok(p.client, first);
            p.ok(p.server, second);
        }
    }
}
