package io.penstock.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.Server;
import io.penstock.testkit.MemoryOs;
import io.penstock.testkit.contract.Pair;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The page's server does what the page says. */
class ValueServerTest {
    private final MemoryOs os = new MemoryOs().traced();
    private final ValueServer values = new ValueServer();
    private final Server server = values.on(os, 7000);
    private final int client = os.connect();

    private byte[] ask(char what, int key, byte[] value) {
        byte[] request = ByteBuffer.allocate(9 + value.length)
                .putInt(5 + value.length)
                .put((byte) what)
                .putInt(key)
                .put(value)
                .array();
        os.send(client, request);
        for (int idle = 0; idle < 3; idle++) {
            idle = server.turn(0) ? 0 : idle;
        }
        byte[] answer = os.read(client);
        assertThat(ByteBuffer.wrap(answer).getInt()).isEqualTo(answer.length - 4);
        return Arrays.copyOfRange(answer, 4, answer.length);
    }

    @Test
    void keepsWhatItWasGiven() {
        byte[] value = Pair.pattern(100_000);
        assertThat(ask('g', 1, new byte[0])).isEqualTo(new byte[] {0});
        assertThat(ask('p', 1, value)).isEqualTo(new byte[] {1});
        for (int i = 0; i < 3; i++) {
            byte[] answer = ask('g', 1, new byte[0]);
            assertThat(answer).hasSize(1 + value.length);
            assertThat(Arrays.copyOfRange(answer, 1, answer.length)).isEqualTo(value);
        }
        assertThat(ask('p', 1, new byte[] {5})).isEqualTo(new byte[] {1});
        assertThat(ask('g', 1, new byte[0])).isEqualTo(new byte[] {1, 5});
        values.close();
        assertThat(os.heap().blocksInUse()).isZero();
        assertThat(os.pool().framesInUse()).as(os.pool().leakReport()).isZero();
        os.close();
    }
}
