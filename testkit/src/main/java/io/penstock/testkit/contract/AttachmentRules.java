package io.penstock.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import io.penstock.testkit.contract.Pair.Connection;
import org.junit.jupiter.api.Test;

/** What an application attaches to a queue comes back with each of its completions, to the last one. */
interface AttachmentRules {
    Pair pair();

    @Test
    default void anAttachmentIsReadBackAndReplaced() {
        LibOs os = pair().server.os;
        for (Transport transport : Transport.values()) {
            int queue = pair().server.socket(transport);
            assertThat(os.attachment(queue)).isNull();
            for (Object thing : new Object[] {"one", "two", null, "three"}) {
                os.attach(queue, thing);
                assertThat(os.attachment(queue)).isSameAs(thing);
            }
        }
    }

    @Test
    default void everyCompletionBringsTheAttachmentOfItsQueue() {
        Pair p = pair();
        int listener = p.server.listen(0, 16);
        p.server.os.attach(listener, "listener");
        Endpoint local = new Endpoint();
        assertThat(p.server.os.local(listener, local)).isTrue();
        long accept = p.server.os.accept(listener);
        int client = p.client.socket(Transport.TCP);
        p.client.os.attach(client, "client");
        Done connected = p.ok(p.client, p.client.os.connect(client, p.server.at(local.port())));
        assertThat(connected.attachment()).isSameAs("client");
        Done accepted = p.ok(p.server, accept);
        assertThat(accepted.attachment()).isSameAs("listener");
        int server = accepted.newQueue();
        assertThat(p.server.os.attachment(server))
                .as("of a queue just accepted")
                .isNull();

        long pop = p.server.os.pop(server);
        p.server.os.attach(server, "server");
        Done pushed = p.ok(p.client, p.client.push(client, new byte[] {1}));
        assertThat(pushed.attachment()).isSameAs("client");
        Done popped = p.ok(p.server, pop);
        assertThat(popped.attachment()).as("attached while the pop waited").isSameAs("server");
        popped.bytes();
        Done room = p.ok(p.server, p.server.os.awaitRoom(server));
        assertThat(room.attachment()).isSameAs("server");
        p.server.os.attach(server, null);
        room = p.ok(p.server, p.server.os.awaitRoom(server));
        assertThat(room.attachment()).isNull();
    }

    @Test
    default void aQueueOfUdpHasOneToo() {
        Pair p = pair();
        int receiver = p.server.udp(0);
        p.server.os.attach(receiver, "receiver");
        Endpoint local = new Endpoint();
        assertThat(p.server.os.local(receiver, local)).isTrue();
        long pop = p.server.os.pop(receiver);
        int sender = p.client.udp(0);
        p.client.os.attach(sender, "sender");
        Done pushed = p.ok(p.client, p.client.pushTo(sender, new byte[] {1}, p.server.at(local.port())));
        assertThat(pushed.attachment()).isSameAs("sender");
        Done popped = p.ok(p.server, pop);
        assertThat(popped.attachment()).isSameAs("receiver");
        popped.bytes();
        long close = p.server.close(receiver);
        assertThat(p.ok(p.server, close).attachment()).isSameAs("receiver");
    }

    @Test
    default void whatIsTakenAfterACloseBringsItStill() {
        Pair p = pair();
        Connection c = p.connect();
        p.server.os.attach(c.server(), "server");
        long room = p.server.os.awaitRoom(c.server()); // done, and not taken
        long pop = p.server.os.pop(c.server());
        long close = p.server.close(c.server());
        assertThatThrownBy(() -> p.server.os.attachment(c.server())).isInstanceOf(InvalidQueueException.class);
        assertThatThrownBy(() -> p.server.os.attach(c.server(), "late")).isInstanceOf(InvalidQueueException.class);
        int other = p.server.socket(Transport.TCP);
        assertThat(p.server.os.attachment(other)).isNull();
        assertThat(p.ok(p.server, room).attachment()).isSameAs("server");
        Done popped = p.await(p.server, pop);
        assertThat(popped.status()).isEqualTo(Status.CANCELLED);
        assertThat(popped.attachment()).isSameAs("server");
        Done closed = p.ok(p.server, close);
        assertThat(closed.opcode()).isEqualTo(Opcode.CLOSE);
        assertThat(closed.attachment()).isSameAs("server");
    }

    @Test
    default void whatIsTakenAfterAnAbortBringsItStill() {
        Pair p = pair();
        Connection c = p.connect();
        p.server.os.attach(c.server(), "server");
        long pop = p.server.os.pop(c.server());
        p.server.abort(c.server());
        for (int i = 0; i < 100; i++) { // of which one would have the place of the queue
            assertThat(p.server.os.attachment(p.server.socket(Transport.UDP))).isNull();
        }
        Done popped = p.await(p.server, pop);
        assertThat(popped.status()).isEqualTo(Status.CANCELLED);
        assertThat(popped.attachment()).isSameAs("server");
    }

    @Test
    default void aNewQueueNeverHasTheAttachmentOfAnOldOne() {
        Pair p = pair();
        LibOs os = p.server.os;
        for (int i = 0; i < 3_000; i++) {
            int queue = os.socket(Transport.UDP);
            assertThat(queue).isPositive();
            assertThat(os.attachment(queue)).isNull();
            os.attach(queue, "old");
            os.abort(queue);
        }
    }
}
