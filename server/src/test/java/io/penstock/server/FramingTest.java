package io.penstock.server;

import static io.penstock.server.Served.ascii;
import static io.penstock.server.Served.concat;
import static io.penstock.server.Served.cut;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.memory.DirectMemory;
import io.penstock.testkit.contract.Pair;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every framing finds its messages however the stream is cut, and writes answers that its own reader understands. */
class FramingTest {
    private Served served;

    /** A framing, and how a message stands in it. */
    record Form(Framing framing, UnaryOperator<byte[]> write) {
        @Override
        public String toString() {
            return framing + (framing.equals(LITTLE) ? ", little endian" : "");
        }
    }

    private static final Framing LITTLE = Framing.lengthPrefix(4).littleEndian();

    static Stream<Form> forms() {
        return Stream.of(
                prefix(1, false),
                prefix(2, false),
                prefix(2, true),
                prefix(4, false),
                prefix(4, true),
                prefix(8, false),
                prefix(8, true),
                new Form(Framing.varint(), payload -> concat(varint(payload.length), payload)),
                new Form(Framing.lines(), payload -> concat(payload, ascii("\n"))),
                new Form(Framing.crLfLines(), payload -> concat(payload, ascii("\r\n"))));
    }

    private static Form prefix(int bytes, boolean little) {
        Framing framing = Framing.lengthPrefix(bytes);
        return new Form(little ? framing.littleEndian() : framing, payload -> {
            byte[] length = Arrays.copyOfRange(
                    ByteBuffer.allocate(8).putLong(payload.length).array(), 8 - bytes, 8);
            if (little) {
                for (int i = 0; i < bytes / 2; i++) {
                    byte b = length[i];
                    length[i] = length[bytes - 1 - i];
                    length[bytes - 1 - i] = b;
                }
            }
            return concat(length, payload);
        });
    }

    private static byte[] varint(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int rest = value;
        for (; rest >= 0x80; rest >>>= 7) {
            out.write((rest & 0x7f) | 0x80);
        }
        out.write(rest);
        return out.toByteArray();
    }

    private void serve(Framing framing, Handler handler) {
        served = new Served(server -> server.tcp(Endpoint.any(7000), framing, handler));
        served.connect();
    }

    @AfterEach
    void everyFrameIsAtHome() {
        if (served == null) {
            return;
        }
        if (!served.os.isClosed(served.client)) {
            served.os.end(served.client);
            served.settle();
            served.os.read(served.client);
            served.settle();
        }
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(served.os.pool().framesInUse())
                .as(served.os.pool().leakReport())
                .isZero();
        assertThat(served.os.heap().blocksInUse()).isZero();
        served.close();
    }

    /** Without line ends. */
    private static byte[] payload(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + (i * 7 + i / 251) % 26);
        }
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("forms")
    void echoesWhereverTheStreamIsCut(Form form) {
        serve(form.framing, (request, reply) -> reply.write(request));
        byte[] three =
                concat(form.write.apply(payload(0)), form.write.apply(payload(17)), form.write.apply(payload(130)));
        for (int at = 0; at <= three.length; at++) {
            byte[][] parts = cut(three, at);
            assertThat(served.ask(parts)).as("one pop, cut at %d", at).isEqualTo(three);
            byte[] first = served.ask(parts[0]);
            assertThat(concat(first, served.ask(parts[1])))
                    .as("two pops, cut at %d", at)
                    .isEqualTo(three);
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void echoesSingleBytesAndChainsOfThem(Form form) {
        serve(form.framing, (request, reply) -> reply.write(request));
        byte[] two = concat(form.write.apply(payload(5)), form.write.apply(payload(40)));
        byte[][] single = new byte[two.length][];
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        for (int i = 0; i < two.length; i++) {
            single[i] = new byte[] {two[i]};
            answers.writeBytes(served.ask(single[i]));
        }
        assertThat(answers.toByteArray()).isEqualTo(two);
        assertThat(served.ask(single)).isEqualTo(two);
    }

    @ParameterizedTest
    @MethodSource("forms")
    void carriesMessagesOfManyLengthsCutAnywhere(Form form) {
        serve(form.framing, (request, reply) -> reply.write(request));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int max = form.framing.toString().contains("of 1 bytes") ? 255 : 65_535;
        for (int round = 0; round < 60; round++) {
            int length = Math.min(max, random.nextInt(4) == 0 ? random.nextInt(60_000) : random.nextInt(3000));
            byte[] message = form.write.apply(payload(length));
            List<byte[]> pieces = new ArrayList<>();
            for (int at = 0; at < message.length; ) {
                int n = Math.min(message.length - at, 1 + random.nextInt(1460));
                pieces.add(Arrays.copyOfRange(message, at, at + n));
                at += n;
            }
            byte[] answer;
            if (random.nextBoolean()) {
                answer = served.ask(pieces.toArray(byte[][]::new));
            } else {
                ByteArrayOutputStream all = new ByteArrayOutputStream();
                pieces.forEach(piece -> all.writeBytes(served.ask(piece)));
                answer = all.toByteArray();
            }
            assertThat(Arrays.mismatch(answer, message))
                    .as("seed %d, %d bytes", seed, length)
                    .isEqualTo(-1);
        }
    }

    /** Put byte by byte, so that the answer's length is known at its end. */
    @ParameterizedTest
    @MethodSource("forms")
    void framesAnswersThatArePutTogether(Form form) {
        serve(form.framing, (request, reply) -> {
            for (int i = 0; i < request.length(); i++) {
                reply.putByte(request.getByte(i));
            }
            reply.send();
        });
        for (int length : new int[] {0, 1, 127, 128, 255}) {
            byte[] message = form.write.apply(payload(length));
            assertThat(served.ask(message)).isEqualTo(message);
        }
        if (!form.framing.toString().contains("of 1 bytes")) {
            for (int length : new int[] {256, 1455, 1456, 1459, 1460, 1461, 2000, 16_383, 16_384, 65_000}) {
                byte[] message = form.write.apply(payload(length));
                assertThat(Arrays.mismatch(served.ask(message), message))
                        .as("%d bytes", length)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void handsLinesOverWithoutTheirEnds() {
        List<String> lines = new ArrayList<>();
        serve(Framing.lines(), (request, reply) -> {
            lines.add(request.getText(0, request.length()));
            reply.putText("+");
        });
        assertThat(served.ask(ascii("a\r\n\nbc\n\r\nd\re\n"))).isEqualTo(ascii("+\n".repeat(5)));
        assertThat(lines).containsExactly("a", "", "bc", "", "d\re");
    }

    @Test
    void servesMessagesOfOneLength() {
        serve(Framing.fixed(8), (request, reply) -> reply.putLong(request.readLong() + 1));
        byte[] numbers =
                ByteBuffer.allocate(24).putLong(1).putLong(-1).putLong(41).array();
        byte[] expected =
                ByteBuffer.allocate(24).putLong(2).putLong(0).putLong(42).array();
        for (int at = 0; at <= numbers.length; at++) {
            byte[][] parts = cut(numbers, at);
            assertThat(concat(served.ask(parts[0]), served.ask(parts[1]))).isEqualTo(expected);
        }
    }

    @Test
    void handsOverWhateverCameWhereThereAreNoMessages() {
        serve(Framing.stream(), (request, reply) -> reply.write(request));
        byte[] bytes = Pair.pattern(10_000);
        assertThat(served.ask(bytes)).isEqualTo(bytes);
        assertThat(served.counter("requests")).isEqualTo(1);
    }

    /** The frame in which it came is the frame that is sent. */
    @Test
    void echoesAStreamWithoutACopyInOnePush() {
        List<Long> came = new ArrayList<>();
        serve(Framing.stream(), (request, reply) -> {
            for (int i = 0; i < request.length(); i += 1460) {
                came.add(request.bytesFrom(i) > 0 ? request.pieceAddress(i) : 0);
            }
            reply.write(request);
        });
        served.ask(Pair.pattern(5 * 1460));
        assertThat(served.os.sentFrom(served.client)).isEqualTo(came).hasSize(5);
    }

    @Test
    void asksAFramerOfItsOwn() {
        // Ends with a dot; '!' is no message.
        Framing sentences = Framing.own(() -> (address, length) -> {
            for (int i = 0; i < length; i++) {
                byte b = DirectMemory.getByte(address + i);
                if (b == '.' || b == '!') {
                    return b == '.' ? i + 1 : Framer.MALFORMED;
                }
            }
            return Framer.INCOMPLETE;
        });
        serve(sentences, new Handler() {
            @Override
            public void handle(Message request, Reply reply) {
                assertThat(request.isInOnePiece()).isTrue();
                reply.putText("<")
                        .putMemory(request.address(), request.length())
                        .putText(">");
            }

            @Override
            public void malformed(Reply last) {
                last.putText("what?");
            }
        });
        byte[] said = ascii("one.two.three.");
        for (int at = 0; at <= said.length; at++) {
            byte[][] parts = cut(said, at);
            assertThat(served.ask(parts)).isEqualTo(ascii("<one.><two.><three.>"));
            assertThat(concat(served.ask(parts[0]), served.ask(parts[1]))).isEqualTo(ascii("<one.><two.><three.>"));
        }
        assertThat(served.ask(ascii("four.fi!ve."))).isEqualTo(ascii("<four.>what?"));
        assertThat(served.os.isClosed(served.client)).isTrue();
        assertThat(served.ended(EndReason.MALFORMED)).isEqualTo(1);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> Framing.lengthPrefix(3))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("1, 2, 4 or 8");
        assertThatThrownBy(() -> Framing.fixed(0)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> Framing.lines().littleEndian()).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> Framing.lines().maxBytes(0)).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void readsLittleEndianLengths() {
        serve(LITTLE, (request, reply) -> reply.putShort(request.length()));
        byte[] message = ByteBuffer.allocate(7)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(3)
                .put(ascii("abc"))
                .array();
        assertThat(served.ask(message)).isEqualTo(new byte[] {2, 0, 0, 0, 0, 3});
    }
}
