package io.penstock.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.BackpressureRules.Flow;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever finds no room for a push is told when there is some, or never will be. */
interface RoomRules {
    Pair pair();

    /** A connection whose client can push no more, as the server does not read. */
    private static Flow full(Pair p, Connection c) {
        Flow flow = new Flow(p.client, c.client(), p.server, c.server());
        p.untilStalled(flow::push);
        assertThat(flow.push()).isFalse();
        return flow;
    }

    private static void read(Pair p, Flow flow) {
        p.until("all was read", () -> {
            flow.pop();
            return flow.isThrough();
        });
    }

    @Test
    default void roomThatThereIsIsToldAtOnce() {
        Pair p = pair();
        Connection c = p.connect();
        long token = p.client.os.awaitRoom(c.client());
        assertThat(token).isPositive();
        Done done = p.ok(p.client, token);
        assertThat(done.opcode()).isEqualTo(Opcode.ROOM);
        assertThat(done.queue()).isEqualTo(c.client());
        assertThat(done.lengthBytes()).isZero();
        assertThat(done.buffer()).isNull();
    }

    @Test
    default void whoWaitsForRoomIsToldOnceThePeerReads() {
        Pair p = pair();
        Connection c = p.connect();
        Flow flow = full(p, c);
        for (int round = 0; round < 3; round++) {
            long room = p.client.os.awaitRoom(c.client());
            p.settle();
            assertThat(p.client.isDone(room)).as("nothing was read").isFalse();
            p.until("there is room", () -> {
                flow.pop();
                return p.client.isDone(room);
            });
            assertThat(p.client.take(room).status()).isEqualTo(Status.OK);
            assertThat(flow.push()).as("a push is taken").isTrue();
            p.untilStalled(flow::push);
        }
        read(p, flow);
    }

    @Test
    default void eachOfManyThatWaitForRoomIsTold() {
        Pair p = pair();
        List<Flow> flows = new ArrayList<>();
        List<Integer> queues = new ArrayList<>();
        List<Long> rooms = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Connection c = p.connect();
            queues.add(c.client());
            flows.add(new Flow(p.client, c.client(), p.server, c.server()));
        }
        for (Flow flow : flows) {
            p.untilStalled(flow::push);
        }
        for (int queue : queues) {
            rooms.add(p.client.os.awaitRoom(queue));
        }
        for (Flow flow : flows) {
            read(p, flow);
        }
        for (long room : rooms) {
            p.ok(p.client, room);
        }
        for (Flow flow : flows) {
            assertThat(flow.push()).isTrue();
            read(p, flow);
        }
    }

    @Test
    default void aSecondWaitForRoomOfTheSameQueueIsInvalid() {
        Pair p = pair();
        Connection c = p.connect();
        Flow flow = full(p, c);
        long first = p.client.os.awaitRoom(c.client());
        assertThat(p.await(p.client, p.client.os.awaitRoom(c.client())).status())
                .isEqualTo(Status.INVALID);
        read(p, flow);
        p.ok(p.client, first);
    }

    @Test
    default void whoWaitsForRoomIsToldWhatAPushWouldBe() {
        Pair p = pair();
        Connection reset = p.connect();
        full(p, reset);
        long room = p.client.os.awaitRoom(reset.client());
        p.server.abort(reset.server());
        assertThat(p.await(p.client, room).status()).isEqualTo(Status.CONNECTION_RESET);
        assertThat(p.await(p.client, p.client.os.awaitRoom(reset.client())).status())
                .as("later as well")
                .isEqualTo(Status.CONNECTION_RESET);

        Connection shut = p.connect();
        Flow flow = full(p, shut);
        room = p.client.os.awaitRoom(shut.client());
        assertThat(p.client.os.shutdown(shut.client())).isEqualTo(Status.OK);
        assertThat(p.await(p.client, room).status()).isEqualTo(Status.BROKEN_PIPE);
        assertThat(p.await(p.client, p.client.os.awaitRoom(shut.client())).status())
                .isEqualTo(Status.BROKEN_PIPE);
        read(p, flow);
    }

    @Test
    default void whoWaitsForRoomIsCancelledWithItsQueue() {
        Pair p = pair();
        Connection closed = p.connect();
        full(p, closed);
        long room = p.client.os.awaitRoom(closed.client());
        p.client.close(closed.client());
        assertThat(p.await(p.client, room).status()).isEqualTo(Status.CANCELLED);
        assertThatThrownBy(() -> p.client.os.awaitRoom(closed.client())).isInstanceOf(InvalidQueueException.class);

        Connection aborted = p.connect();
        full(p, aborted);
        room = p.client.os.awaitRoom(aborted.client());
        p.client.abort(aborted.client());
        assertThat(p.await(p.client, room).status()).isEqualTo(Status.CANCELLED);
    }

    @Test
    default void aQueueThatIsNoConnectionHasNoRoom() {
        Pair p = pair();
        LibOs os = p.server.os;
        assertThat(p.await(p.server, os.awaitRoom(p.server.socket(Transport.TCP)))
                        .status())
                .isEqualTo(Status.NOT_CONNECTED);
        assertThat(p.await(p.server, os.awaitRoom(p.server.listen(0, 16))).status())
                .isEqualTo(Status.INVALID);
    }

    @Test
    default void aQueueOfUdpIsToldOfRoomToo() {
        Pair p = pair();
        int receiver = p.server.udp(0);
        Endpoint to = new Endpoint();
        assertThat(p.server.os.local(receiver, to)).isTrue();
        to = p.server.at(to.port());
        int sender = p.client.udp(0);
        p.ok(p.client, p.client.os.awaitRoom(sender));
        Buffer datagram = p.client.buffer(new byte[] {1, 2, 3});
        long last = p.client.os.pushTo(sender, datagram, to);
        for (int i = 0; i < 8192 && last != LibOs.NO_TOKEN; i++) {
            last = p.client.os.pushTo(sender, datagram, to);
        }
        boolean wasFull = last == LibOs.NO_TOKEN;
        AtomicLong room = new AtomicLong();
        p.until("the table of operations takes one more", () -> {
            room.set(p.client.os.awaitRoom(sender));
            return room.get() != LibOs.NO_TOKEN;
        });
        p.ok(p.client, room.get());
        if (wasFull) {
            assertThat(p.client.os.pushTo(sender, datagram, to)).isPositive();
        }
        datagram.release();
        p.settle();
    }
}
