package io.penstock.server;

import static io.penstock.server.Served.framed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import io.penstock.memory.Buffer;
import io.penstock.testkit.contract.Pair;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages are read where they lie, across any seam; and kept beyond their answer. */
class MessageTest {
    private final List<Buffer> kept = new ArrayList<>();
    private Served served;

    private void serve(Handler handler) {
        served = new Served(server -> server.tcp(Endpoint.any(7000), Framing.lengthPrefix(4), handler));
        served.connect();
    }

    @AfterEach
    void everythingIsAtHome() {
        kept.forEach(Buffer::release);
        served.os.end(served.client);
        served.settle();
        served.os.read(served.client);
        served.settle();
        assertThat(served.os.pool().framesInUse())
                .as(served.os.pool().leakReport())
                .isZero();
        assertThat(served.os.heap().blocksInUse()).isZero();
        served.close();
    }

    @Test
    void readsNumbersAcrossEverySeam() {
        ByteBuffer bytes = ByteBuffer.allocate(32);
        for (int i = 0; i < 32; i++) {
            bytes.put(i, (byte) (0x80 + i * 5));
        }
        serve((request, reply) -> {
            assertThat(request.length()).isEqualTo(32);
            for (int at = 0; at < 32; at++) { // there and back, so that pieces are looked for in both directions
                for (int i : new int[] {at, 31 - at}) {
                    assertThat(request.getByte(i)).isEqualTo(bytes.get(i));
                    if (i <= 30) {
                        assertThat(request.getUnsignedShort(i)).isEqualTo(bytes.getShort(i) & 0xffff);
                    }
                    if (i <= 28) {
                        assertThat(request.getInt(i)).isEqualTo(bytes.getInt(i));
                    }
                    if (i <= 24) {
                        assertThat(request.getLong(i)).isEqualTo(bytes.getLong(i));
                    }
                }
            }
            assertThat(request.readLong()).isEqualTo(bytes.getLong(0));
            assertThat(request.readUnsignedByte()).isEqualTo(bytes.get(8) & 0xff);
            assertThat(request.readByte()).isEqualTo(bytes.get(9));
            assertThat(request.readUnsignedShort()).isEqualTo(bytes.getShort(10) & 0xffff);
            assertThat(request.readInt()).isEqualTo(bytes.getInt(12));
            assertThat(request.remaining()).isEqualTo(16);
            byte[] rest = new byte[16];
            request.readBytes(rest);
            assertThat(rest).isEqualTo(Arrays.copyOfRange(bytes.array(), 16, 32));
            request.position(4);
            assertThat(request.readText(3)).isEqualTo(new String(bytes.array(), 4, 3, StandardCharsets.ISO_8859_1));
            DirectBuffer view = request.view(3, 20);
            assertThat(view.capacity()).isEqualTo(20);
            assertThat(view.getByte(19)).isEqualTo(bytes.get(22));
            reply.putByte(1);
        });
        byte[] message = framed(bytes.array());
        for (int first = 1; first < message.length; first++) {
            for (int second = first + 1; second <= message.length; second += 5) {
                byte[] answer = served.ask(
                        Arrays.copyOf(message, first),
                        Arrays.copyOfRange(message, first, second),
                        Arrays.copyOfRange(message, second, message.length));
                assertThat(answer).as("cut at %d and %d", first, second).isEqualTo(framed(new byte[] {1}));
            }
        }
    }

    @Test
    void refusesWhatLiesOutside() {
        List<Message> later = new ArrayList<>();
        serve((request, reply) -> {
            for (int at : new int[] {-1, 4, 7, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
                assertThatThrownBy(() -> request.getInt(at)).isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> request.getLong(at)).isInstanceOf(IndexOutOfBoundsException.class);
            }
            assertThatThrownBy(() -> request.getByte(6)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> request.position(7)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> request.view(3, 4)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> request.keep(3, 4)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> reply.write(request, 3, 4)).isInstanceOf(IndexOutOfBoundsException.class);
            later.add(request);
            reply.send();
        });
        byte[] message = framed("sixsix");
        assertThat(served.ask(message)).isEqualTo(framed(""));
        assertThat(served.ask(Served.cut(message, 7))).isEqualTo(framed(""));
        assertThatThrownBy(() -> later.getFirst().getByte(0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(served.ended(EndReason.FAILED)).isZero();
    }

    private static byte[] bytesOf(Buffer chain) {
        ByteBuffer all = ByteBuffer.allocate(chain.chainLength());
        for (Buffer b = chain; b != null; b = b.next()) {
            byte[] some = new byte[b.length()];
            b.getBytes(0, some, 0, some.length);
            all.put(some);
        }
        return all.array();
    }

    private void serveAndKeep() {
        serve((request, reply) -> {
            assertThat(request.readByte()).isEqualTo((byte) 'k');
            kept.add(request.keep());
            assertThat(request.remaining()).isZero();
            reply.send();
        });
    }

    private static byte[] toKeep(int length) {
        byte[] message = Pair.pattern(length + 1);
        message[0] = 'k';
        return message;
    }

    @Test
    void keepsWhatFillsItsFramesWhereItLies() {
        serveAndKeep();
        byte[] message = toKeep(20_000);
        assertThat(served.ask(framed(message))).isEqualTo(framed(""));
        assertThat(bytesOf(kept.getFirst())).isEqualTo(Arrays.copyOfRange(message, 1, message.length));
        assertThat(served.os.heap().blocksInUse()).as("copies").isZero();
        assertThat(served.os.pool().framesInUse()).isEqualTo(14);
    }

    @Test
    void copiesWhatIsSmallSoThatItPinsNoFrame() {
        serveAndKeep();
        byte[] message = toKeep(100);
        for (int at = 1; at < message.length; at++) {
            served.ask(Served.cut(framed(message), at));
            assertThat(bytesOf(kept.getLast())).isEqualTo(Arrays.copyOfRange(message, 1, message.length));
        }
        assertThat(served.os.pool().framesInUse()).isZero();
        assertThat(served.os.heap().blocksInUse()).isEqualTo(kept.size());
    }

    @Test
    void leavesHalfOfTheFramesToTraffic() {
        serveAndKeep();
        byte[] message = toKeep(1400);
        int frames = served.os.pool().capacityFrames();
        for (int i = 0; i < frames; i++) {
            served.ask(framed(message));
        }
        assertThat(served.os.pool().framesInUse()).isBetween(frames / 2 - 2, frames / 2 + 2);
        assertThat(kept)
                .hasSize(frames)
                .allSatisfy(each -> assertThat(each.length()).isEqualTo(1400));
    }

    @Test
    void keepsAsMuchAsThereIsMemoryForAndSaysWhenThereIsNoMore() {
        serve((request, reply) -> {
            Buffer one = request.keep();
            if (one == null) {
                reply.putText("full");
            } else {
                kept.add(one);
                reply.putText("kept");
            }
        });
        String answer;
        do {
            answer = Served.text(served.ask(framed(toKeep(60_000)))).substring(4);
        } while (answer.equals("kept"));
        assertThat(answer).isEqualTo("full");
        assertThat(kept).hasSizeGreaterThan(100);
    }

    @Test
    void sendsKeptBytesAgainAndAgainFromWhereTheyLie() {
        serve((request, reply) -> {
            if (kept.isEmpty()) {
                kept.add(request.keep());
            }
            reply.putByte(7).write(kept.getFirst());
        });
        byte[] value = Pair.pattern(5000);
        byte[] expected = framed(Served.concat(new byte[] {7}, value));
        assertThat(served.ask(framed(value))).isEqualTo(expected);
        List<Long> from = new ArrayList<>();
        for (Buffer b = kept.getFirst(); b != null; b = b.next()) {
            from.add(b.address());
        }
        for (int i = 0; i < 10; i++) {
            served.os.sentFrom(served.client).clear();
            assertThat(served.ask(framed("again"))).isEqualTo(expected);
            assertThat(served.os.sentFrom(served.client)).containsSubsequence(from);
        }
    }
}
