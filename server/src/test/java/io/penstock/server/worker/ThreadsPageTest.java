package io.penstock.server.worker;

import static io.penstock.server.Served.ascii;
import static io.penstock.server.Served.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.counters.Counters;
import io.penstock.memory.Buffer;
import io.penstock.server.Server;
import io.penstock.testkit.MemoryOs;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The samples of docs/threads.md do what the page says. */
@Timeout(60)
class ThreadsPageTest {
    private static CompletableFuture<Long> send(LibOs os, int queue, byte[] bytes) {
        StackExecutor stack = StackExecutor.of(os).waiting(Duration.ofMillis(100));
        return stack.call(() -> {
            Buffer buffer = os.allocate(bytes.length);
            if (buffer == null) {
                return LibOs.NO_TOKEN; // no frame is free
            }
            buffer.putBytes(0, bytes, 0, bytes.length);
            long token = os.push(queue, buffer);
            buffer.release();
            return token; // NO_TOKEN: the peer does not read, try again when there is room
        });
    }

    @Test
    void sends() {
        try (MemoryOs os = new MemoryOs()) {
            Server server = new LookUpServer().on(os, Counters.inMemory(), 7000);
            int client = os.connect();
            assertThat(server.turn(0)).as("the connection has come").isTrue();
            CompletableFuture<Long> sent = send(os, client, ascii("hello"));
            server.turn(0);
            assertThat(sent.resultNow()).isNotEqualTo(LibOs.NO_TOKEN);
            assertThat(text(os.read(client))).isEqualTo("hello");
            server.finish(1_000_000_000);
        }
    }

    @Test
    void looksUp() {
        try (MemoryOs os = new MemoryOs()) {
            Counters counters = Counters.inMemory();
            Server server = new LookUpServer().on(os, counters, 7000);
            int client = os.connect();
            os.send(client, ascii("a\nbb\nccc\n"));
            while (counters.counter("look-ups.answered").get() < 3) {
                server.turn(0);
            }
            assertThat(text(os.read(client))).isEqualTo("a?\nbb?\nccc?\n");
            server.finish(1_000_000_000);
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("look-ups-"));
        }
    }
}
