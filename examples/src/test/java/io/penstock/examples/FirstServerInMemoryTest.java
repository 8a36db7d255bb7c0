package io.penstock.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.MemoryOs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The server of docs/api.md, tested as docs/testkit.md says. */
class FirstServerInMemoryTest {
    private final MemoryOs os = new MemoryOs().traced();
    private final FirstServer server = new FirstServer(os, 7);

    @AfterEach
    void nothingLeaks() {
        assertThat(os.pool().framesInUse()).as(os.pool().leakReport()).isZero();
        os.close();
    }

    @Test
    void answersWhatItIsSent() {
        os.whenIdle(() -> {
            // The server waits for its first client.
            int client = os.connect();
            os.send(client, "hello".getBytes(US_ASCII));
            os.whenIdle(() -> {
                // It has answered, and waits for more.
                assertThat(os.read(client)).asString(US_ASCII).isEqualTo("hello");
                server.stop();
            });
        });
        server.run();
    }

    @Test
    void keepsWhatTheClientDoesNotRead() {
        os.sendBufferBytes = 5; // room for one answer
        os.whenIdle(() -> {
            int client = os.connect();
            os.send(client, "hello".getBytes(US_ASCII));
            os.whenIdle(() -> {
                os.send(client, "again".getBytes(US_ASCII));
                os.whenIdle(() -> {
                    assertThat(os.read(client)).asString(US_ASCII).isEqualTo("hello");
                    os.whenIdle(() -> {
                        assertThat(os.read(client)).asString(US_ASCII).isEqualTo("again");
                        server.stop();
                    });
                });
            });
        });
        server.run();
    }
}
