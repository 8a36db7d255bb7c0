package io.penstock.server.fiber;

import static io.penstock.server.fiber.Clients.echo;
import static io.penstock.server.fiber.Clients.server;
import static io.penstock.server.fiber.Clients.text;
import static io.penstock.server.fiber.Clients.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server of fibers, and what its clients do to it. */
class EchoFibersTest {
    private final Clients clients = new Clients();
    private final List<Integer> open = new ArrayList<>();

    @AfterEach
    void nothingLeaks() {
        clients.close();
    }

    private Clients connects(int count) {
        return clients.then(() -> {
            for (int i = 0; i < count; i++) {
                open.add(clients.os.connect());
            }
        });
    }

    private int client(int index) {
        return open.get(index);
    }

    @Test
    void answersWhatItIsSent() throws Exception {
        connects(1)
                .then(() -> clients.send(client(0), "hello"))
                .then(() -> assertThat(clients.read(client(0))).isEqualTo("hello"))
                .then(() -> clients.send(client(0), "again"))
                .then(() -> assertThat(clients.read(client(0))).isEqualTo("again"))
                .run(server(Clients::echo));
    }

    @Test
    void servesEachOfManyByItself() throws Exception {
        connects(200).then(() -> open.forEach(client -> clients.send(client, "client " + client)));
        clients.then(() ->
                        open.forEach(client -> assertThat(clients.read(client)).isEqualTo("client " + client)))
                .run(server(Clients::echo));
        assertThat(clients.count("fiber.forked")).isEqualTo(201);
        assertThat(clients.count("fiber.ended")).isEqualTo(201);
    }

    @Test
    void closesWhenTheStreamEnds() throws Exception {
        connects(1)
                .then(() -> {
                    clients.send(client(0), "last words");
                    clients.os.end(client(0));
                })
                .then(() -> assertThat(clients.read(client(0))).isEqualTo("last words"))
                .then(() -> assertThat(clients.os.isClosed(client(0))).isTrue())
                .run(server(Clients::echo));
        assertThat(clients.count("fiber.lost")).isZero();
    }

    @Test
    void aResetEndsThatConnectionAndNothingElse() throws Exception {
        connects(2)
                .then(() -> clients.os.reset(client(0)))
                .then(() -> assertThat(clients.os.isClosed(client(0))).isTrue())
                .then(() -> clients.send(client(1), "still there"))
                .then(() -> assertThat(clients.read(client(1))).isEqualTo("still there"))
                .run(server(Clients::echo));
        assertThat(clients.count("fiber.lost")).isEqualTo(1);
        assertThat(clients.count("fiber.failed")).isZero();
    }

    @Test
    void whatServesOneMayFailAndTheRestGoesOn() throws Exception {
        connects(2)
                .then(() -> clients.send(client(0), "bad"))
                .then(() -> assertThat(clients.os.isClosed(client(0))).isTrue())
                .then(() -> clients.send(client(1), "good"))
                .then(() -> assertThat(clients.read(client(1))).isEqualTo("good"))
                .run(server(connection -> {
                    String request = text(connection.read());
                    if (request.equals("bad")) {
                        throw new IllegalArgumentException(request);
                    }
                    write(connection, request);
                    echo(connection);
                }));
        assertThat(clients.count("fiber.failed")).isEqualTo(1);
    }

    @Test
    void goesOnWithFewerOperationsThanConnections() throws Exception {
        Clients few = new Clients(8, FiberConfig.defaults());
        List<Integer> all = new ArrayList<>();
        few.then(() -> {
            for (int i = 0; i < 40; i++) {
                all.add(few.os.connect());
            }
            all.forEach(client -> few.send(client, "x"));
        });
        int[] answered = new int[1];
        for (int round = 0; round < 400; round++) {
            few.then(() -> all.forEach(client -> {
                if (few.read(client).equals("x")) {
                    answered[0]++;
                    few.os.end(client);
                }
            }));
        }
        few.run(server(Clients::echo));
        assertThat(answered[0]).isEqualTo(40);
        few.close();
    }
}
