package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.stream.ReceiveQueue;
import io.penstock.libos.tcp.stream.SendBuffer;
import io.penstock.libos.tcp.stream.SendMap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a connection needs while it sends or has something unread is others' while it does not. */
class IdleConnectionsTest {
    private static final long MINUTE = 60_000_000_000L;
    private static final int MANY = 200;

    private final TwoEngines net = new TwoEngines(1, TcpConfig.defaults(), TcpConfig.defaults(), 2_048);

    private List<TcpSocket> connect(int count) {
        TcpSocket listener = net.b.listen(7, count);
        List<Op> accepts = new ArrayList<>();
        List<TcpSocket> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            accepts.add(net.b.accept(listener));
            TcpSocket client = net.a.open();
            net.a.connect(client, net.b, 7);
            clients.add(client);
        }
        net.runUntil(() -> accepts.stream().allMatch(Op::isDone), MINUTE);
        return clients;
    }

    @Test
    void amongManyTheyHoldNothing() {
        List<TcpSocket> clients = connect(MANY);
        List<Op> pushes =
                clients.stream().map(c -> net.a.push(c, new byte[100])).toList();
        assertThat(clients).allMatch(c -> c.connection().send.buffer != SendBuffer.NONE);
        net.runUntil(() -> pushes.stream().allMatch(Op::isDone), MINUTE);

        assertThat(clients).allMatch(c -> c.connection().send.buffer == SendBuffer.NONE);
        assertThat(clients).allMatch(c -> c.connection().send.map == SendMap.NONE);
        assertThat(clients).allMatch(c -> c.connection().receive.queue == ReceiveQueue.NONE);
        net.shutDown();
        net.close();
    }

    @Test
    void aFewKeepTheirsAndUseItAgain() {
        TcpSocket client = connect(1).getFirst();
        Op first = net.a.push(client, new byte[100]);
        net.runUntil(first::isDone, MINUTE);
        SendMap kept = client.connection().send.map;
        Op second = net.a.push(client, new byte[100]);
        net.runUntil(second::isDone, MINUTE);

        assertThat(client.connection().send.map).isSameAs(kept).isNotSameAs(SendMap.NONE);
        assertThat(kept.isEmpty()).isTrue();
        net.shutDown();
        net.close();
    }
}
