package io.penstock.benchmarks.micro;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What JMH measures does what it says. */
class PassageTest {
    private static final int SEGMENTS = 3 * PassagePeer.FRAMES;

    @ParameterizedTest
    @CsvSource({"64, true", "64, false", "1400, true", "1400, false"})
    void bringsEachSegmentsBytesToThePop(int sizeBytes, boolean deviceSums) {
        try (Passage passage = new Passage(sizeBytes, deviceSums)) {
            for (int segment = 0; segment < SEGMENTS; segment++) {
                Buffer received = passage.receive();
                assertThat(received.length()).isEqualTo(sizeBytes);
                for (int at = 0; at < sizeBytes; at++) {
                    assertThat(received.getByte(at)).isEqualTo(PassagePeer.payloadByte(segment, at));
                }
                passage.giveBack(received);
            }
            assertThat(passage.peer().segmentsWithData()).isZero();
            assertThatAllWasTaken(passage);
        }
    }

    @ParameterizedTest
    @CsvSource({"64, true", "64, false", "1400, true", "1400, false"})
    void bringsEachPushToTheDeviceAsOneFrame(int sizeBytes, boolean deviceSums) {
        try (Passage passage = new Passage(sizeBytes, deviceSums)) {
            for (int push = 0; push < SEGMENTS; push++) {
                Buffer buffer = passage.allocate();
                for (int at = 0; at < sizeBytes; at++) {
                    buffer.putByte(at, (byte) (push + at));
                }
                passage.push(buffer);
                byte[] sent = passage.peer().lastPayload();
                assertThat(sent).hasSize(sizeBytes);
                for (int at = 0; at < sizeBytes; at++) {
                    assertThat(sent[at]).isEqualTo((byte) (push + at));
                }
                if ((push + 1) % PassageBenchmark.PUSHES == 0) {
                    passage.acknowledge(PassageBenchmark.PUSHES);
                }
            }
            assertThat(passage.peer().segmentsWithData()).isEqualTo(SEGMENTS);
            assertThatAllWasTaken(passage);
        }
    }

    @ParameterizedTest
    @CsvSource({"64, true", "64, false", "1400, true", "1400, false"})
    void runsAsJmhRunsIt(int sizeBytes, boolean deviceSums) {
        PassageBenchmark benchmark = new PassageBenchmark();
        PassageBenchmark.Connection connection = new PassageBenchmark.Connection();
        connection.sizeBytes = sizeBytes;
        connection.deviceSums = deviceSums;
        connection.open();
        try {
            assertThat(benchmark.receive(connection)).isEqualTo(firstWord());
            benchmark.push(connection);
            assertThat(benchmark.receive(connection)).isNotEqualTo(firstWord()); // the next segment
        } finally {
            connection.close();
        }
    }

    private static long firstWord() {
        long word = 0;
        for (int at = 0; at < Long.BYTES; at++) {
            word = (word << 8) | (PassagePeer.payloadByte(0, at) & 0xff);
        }
        return word;
    }

    private static void assertThatAllWasTaken(Passage passage) {
        assertThat(passage.count("tcp.rx.bad-checksum")).isZero();
        assertThat(passage.count("tcp.rx.duplicate")).isZero();
        assertThat(passage.count("tcp.retransmits")).isZero();
        assertThat(passage.count("tcp.timeouts")).isZero();
    }
}
