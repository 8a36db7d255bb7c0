package io.penstock.examples.kv;

import static io.penstock.examples.kv.KvClient.ascii;
import static io.penstock.examples.kv.KvClient.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.MemoryOs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the store does beyond single answers: time, memory, frames that it keeps, clients that do not read. */
@Timeout(120)
class KvServerTest {
    private final KvClient kv = new KvClient();

    @AfterEach
    void everyFrameIsAtHomeOnceTheStoreIsEmpty() {
        if (!kv.os.isClosed(kv.client)) {
            kv.type("FLUSHALL");
        }
        kv.os.read(kv.client);
        kv.settle();
        assertThat(kv.os.pool().framesInUse()).as(kv.os.pool().leakReport()).isZero();
        kv.close();
    }

    @Test
    void forgetsAKeyWhenItsTimeHasCome() {
        kv.command("SET", "k", "v", "PX", "1500");
        assertThat(kv.type("PTTL k")).isEqualTo(":1500\r\n");
        kv.nowMillis += 1000;
        assertThat(kv.type("PTTL k")).isEqualTo(":500\r\n");
        assertThat(kv.type("TTL k")).isEqualTo(":1\r\n");
        kv.nowMillis += 499;
        assertThat(kv.type("GET k")).isEqualTo("$1\r\nv\r\n");
        kv.nowMillis += 1;
        assertThat(kv.type("GET k")).isEqualTo("$-1\r\n");
        assertThat(kv.type("DBSIZE")).isEqualTo(":0\r\n");
    }

    @Test
    void removesExpiredKeysThatNobodyAsksFor() {
        for (int i = 0; i < 3000; i++) {
            kv.command("SET", "k" + i, "v", "PX", Integer.toString(1 + i % 2 * 100_000));
        }
        kv.nowMillis += 10;
        kv.settle();
        kv.settle();
        assertThat(kv.type("DBSIZE")).isEqualTo(":1500\r\n");
        assertThat(kv.counters.counter("kv.keys").get()).isEqualTo(1500);
        kv.nowMillis += 200_000;
        kv.settle();
        assertThat(kv.type("DBSIZE")).isEqualTo(":0\r\n");
        assertThat(kv.counters.counter("kv.memory.bytes").get()).isZero();
    }

    @Test
    void sendsAllRepliesBeforeItEndsAStream() {
        try (KvClient late = new KvClient(new MemoryOs(), 1 << 20)) {
            String value = "x".repeat(1000);
            late.os.sendBufferBytes = 4096;
            late.command("SET", "k", value);
            late.os.send(late.client, ascii("GET k\r\n".repeat(100)));
            int idle = late.os.connect();
            StringBuilder replies = new StringBuilder();
            late.os.whenIdle(() -> {
                assertThat(late.os.isShut(late.client)).isFalse();
                replies.append(new String(late.os.read(late.client), StandardCharsets.US_ASCII));
            });
            int left = late.server.finish(60_000_000_000L);
            byte[] last = late.os.read(late.client);
            replies.append(new String(last, StandardCharsets.US_ASCII));
            assertThat(left).isEqualTo(last.length == 0 ? 0 : 1);
            assertThat(replies.toString()).isEqualTo(("$1000\r\n" + value + "\r\n").repeat(100));
            assertThat(late.os.isShut(late.client)).isTrue();
            assertThat(late.os.isShut(idle)).isTrue();
        }
    }

    @Test
    void countsWhatItUses() {
        kv.command("SET", "k", "x".repeat(5000));
        assertThat(kv.counters.counter("kv.memory.bytes").get()).isBetween(5000L, 7000L);
        kv.command("SET", "k", "x");
        assertThat(kv.counters.counter("kv.memory.bytes").get()).isLessThan(300);
        kv.command("DEL", "k");
        assertThat(kv.counters.counter("kv.memory.bytes").get()).isZero();
    }

    @Test
    void refusesToTakeMoreMemoryThanItMay() {
        try (KvClient small = new KvClient(new MemoryOs(), 100_000)) {
            String value = "x".repeat(10_000);
            String answer = "+OK\r\n";
            int stored = 0;
            while (answer.equals("+OK\r\n")) {
                answer = small.command("SET", "k" + stored++, value);
            }
            assertThat(answer).isEqualTo("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
            assertThat(stored).isBetween(7, 10);
            assertThat(small.command("MSET", "m", value)).startsWith("-OOM ");
            assertThat(small.type("GET k0")).startsWith("$10000\r\n");
            assertThat(small.type("DEL k0 k1")).isEqualTo(":2\r\n");
            assertThat(small.command("SET", "k0", value)).isEqualTo("+OK\r\n");
        }
    }

    @Test
    void answersNoOldValueWhenThereIsNoMemoryForTheNewOne() {
        kv.command("SET", "k", "old");
        List<Buffer> all = takeTheHeap();
        assertThat(kv.command("SET", "k", "x".repeat(900), "GET")).startsWith("-OOM ");
        assertThat(kv.command("SET", "none", "x".repeat(900), "GET")).startsWith("-OOM ");
        assertThat(kv.type("MGET k none")).isEqualTo("*2\r\n$3\r\nold\r\n$-1\r\n");
        all.forEach(Buffer::release);
        assertThat(kv.command("SET", "k", "x".repeat(900), "GET")).isEqualTo("$3\r\nold\r\n");
        assertThat(kv.type("GET k")).isEqualTo("$900\r\n" + "x".repeat(900) + "\r\n");
    }

    @Test
    void setsAllKeysOfAnMsetOrNone() {
        kv.command("MSET", "a", "1", "b", "2");
        List<Buffer> all = takeTheHeap();
        assertThat(kv.command("MSET", "a", "3", "b", "x".repeat(900), "c", "4")).startsWith("-OOM ");
        assertThat(kv.type("MGET a b c")).isEqualTo("*3\r\n$1\r\n1\r\n$1\r\n2\r\n$-1\r\n");
        all.forEach(Buffer::release);
        assertThat(kv.command("MSET", "a", "3", "b", "x".repeat(900), "a", "5")).isEqualTo("+OK\r\n");
        assertThat(kv.type("MGET a b")).isEqualTo("*2\r\n$1\r\n5\r\n$900\r\n" + "x".repeat(900) + "\r\n");
        kv.type("FLUSHALL");
        assertThat(kv.os.heap().blocksInUse()).isZero();
    }

    /** Each key takes memory beside its bytes: of many short ones that is most. */
    @Test
    void countsTheKeysOfAnMsetBeforeItTakesThem() {
        try (KvClient small = new KvClient(new MemoryOs(), 100_000)) {
            String[] words = new String[2_001];
            for (int i = 0; i < words.length; i++) {
                words[i] = i == 0 ? "MSET" : Integer.toString(i);
            }
            assertThat(small.command(words)).startsWith("-OOM ");
            assertThat(small.type("DBSIZE")).isEqualTo(":0\r\n");
        }
    }

    private List<Buffer> takeTheHeap() {
        List<Buffer> all = new ArrayList<>();
        for (int bytes = 1 << 20; bytes >= 128; bytes -= bytes / 8) {
            for (Buffer b = kv.os.heap().allocate(bytes, 0);
                    b != null;
                    b = kv.os.heap().allocate(bytes, 0)) {
                all.add(b);
            }
        }
        return all;
    }

    /** Neither is copied when more comes, nor mapped before it does; and all of it is gone afterwards. */
    @Test
    void takesForALongRequestAsMuchMemoryAsHasCome() {
        byte[] set = request("SET", "k", "x".repeat(3_000_000));
        for (int at = 0; at < set.length - 1; at += 100_000) {
            byte[] some = java.util.Arrays.copyOfRange(set, at, Math.min(set.length - 1, at + 100_000));
            kv.os.send(kv.client, some);
            seconds(1);
            assertThat(kv.counters.counter("kv.waiting.bytes").get()).isBetween((long) at, 2L * at + (512 << 10));
        }
        assertThat(kv.counters.counter("kv.waiting.bytes").get()).isLessThan(set.length + (512L << 10));
        kv.os.send(kv.client, ascii("\n"));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        seconds(1);
        assertThat(kv.counters.counter("kv.waiting.bytes").get()).isZero();
        assertThat(kv.type("GET k")).hasSize(3_000_000 + "$3000000\r\n\r\n".length());
    }

    /** What is left of it moves to where it is short. */
    @Test
    void keepsOnlyTheShortEndOfALongRequest() {
        String value = "x".repeat(2_000_000);
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            byte[] set = request("SET", "k" + i, value);
            byte[] next = ascii("*2\r\n$4\r\nECHO\r\n$3\r\na");
            for (int at = 0; at < set.length - 100; at += 100_000) {
                kv.os.send(kv.client, java.util.Arrays.copyOfRange(set, at, Math.min(set.length - 100, at + 100_000)));
                kv.settle();
            }
            byte[] end = java.util.Arrays.copyOfRange(set, set.length - 100, set.length + next.length);
            System.arraycopy(next, 0, end, 100, next.length);
            kv.os.send(kv.client, end);
            seconds(1);
            assertThat(kv.counters.counter("kv.waiting.bytes").get()).isEqualTo(4096);
            kv.os.send(kv.client, ascii("bc\r\n"));
            expected.append("+OK\r\n$3\r\nabc\r\n");
        }
        assertThat(kv.replies()).isEqualTo(expected.toString());
        kv.type("FLUSHALL");
        assertThat(kv.os.heap().blocksInUse()).isZero();
    }

    @Test
    void keepsALargeValueInItsFrameAndSendsItFromThere() {
        String value = "x".repeat(1200);
        assertThat(kv.command("SET", "k", value)).isEqualTo("+OK\r\n");
        assertThat(kv.os.pool().framesInUse()).isEqualTo(1);
        int before = kv.os.sentFrom(kv.client).size();
        assertThat(kv.type("GET k")).isEqualTo("$1200\r\n" + value + "\r\n");
        assertThat(kv.type("GET k")).isEqualTo("$1200\r\n" + value + "\r\n");
        assertThat(kv.os.sentFrom(kv.client).subList(before, before + 2))
                .containsOnly(kv.os.sentFrom(kv.client).get(before));
        assertThat(kv.type("MGET k k")).isEqualTo("*2\r\n" + ("$1200\r\n" + value + "\r\n").repeat(2));
        assertThat(kv.command("SET", "k", "short", "GET")).isEqualTo("$1200\r\n" + value + "\r\n");
        assertThat(kv.os.pool().framesInUse()).isZero();
        assertThat(kv.type("GET k")).isEqualTo("$5\r\nshort\r\n");
    }

    @Test
    void copiesALargeValueWhenTheFrameHasMoreInIt() {
        String value = "x".repeat(1200);
        byte[] set = request("SET", "k", value);
        assertThat(kv.send(ascii(new String(set, java.nio.charset.StandardCharsets.ISO_8859_1) + "PING\r\n")))
                .isEqualTo("+OK\r\n+PONG\r\n");
        assertThat(kv.os.pool().framesInUse()).isZero();
        assertThat(kv.type("GET k")).isEqualTo("$1200\r\n" + value + "\r\n");
    }

    /** What stands in front of it is no header of a reply then. */
    @Test
    void copiesALargeValueThatWasTyped() {
        String value = "x".repeat(1200);
        assertThat(kv.type("SET k " + value)).isEqualTo("+OK\r\n");
        assertThat(kv.os.pool().framesInUse()).isZero();
        assertThat(kv.type("GET k")).isEqualTo("$1200\r\n" + value + "\r\n");
        assertThat(kv.send(ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1200\rx" + value + "\r\n")))
                .isEqualTo("+OK\r\n");
        assertThat(kv.type("GET k")).isEqualTo("$1200\r\n" + value + "\r\n");
    }

    @Test
    void keepsAtMostHalfOfTheFrames() {
        String value = "x".repeat(1200);
        int frames = kv.os.pool().capacityFrames();
        for (int i = 0; i < frames; i++) {
            assertThat(kv.command("SET", "k" + i, value)).isEqualTo("+OK\r\n");
        }
        assertThat(kv.os.pool().framesInUse()).isBetween(frames / 2 - 2, frames / 2 + 2);
        for (int i = 0; i < frames; i++) {
            assertThat(kv.type("GET k" + i)).isEqualTo("$1200\r\n" + value + "\r\n");
        }
    }

    @Test
    void carriesValuesOfEveryLength() {
        Random random = new Random(7);
        for (int length = 0; length < 300_000; length = length * 3 / 2 + 7) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            String value = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
            sendSlowly(request("SET", "k", value));
            assertThat(kv.replies()).isEqualTo("+OK\r\n");
            assertThat(kv.type("GET k")).isEqualTo("$" + length + "\r\n" + value + "\r\n");
        }
    }

    /** No more segments at once than the pool has frames. */
    private void sendSlowly(byte[] bytes) {
        for (int at = 0; at < bytes.length; at += 100_000) {
            kv.os.send(kv.client, java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 100_000)));
            kv.settle();
        }
    }

    @Test
    void stopsReadingFromAClientThatDoesNotReadOnceMuchWaits() {
        kv.os.sendBufferBytes = 20_000;
        sendSlowly(request("SET", "k", "x".repeat(300_000)));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        for (int i = 0; i < 20; i++) {
            kv.os.send(kv.client, request("GET", "k"), request("INCR", "n"));
        }
        kv.settle();
        assertThat(kv.os.waitingPops(kv.client)).isZero();
        // Another client sees how far the first was served, and is served itself.
        int other = kv.os.connect();
        kv.os.send(other, request("GET", "n"));
        kv.settle();
        String executed = new String(kv.os.read(other), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(executed).matches("\\$[12]\r\n(\\d|1[0-2])\r\n");
        // Once it reads, all of it is answered, in order.
        StringBuilder expected = new StringBuilder();
        for (int i = 1; i <= 20; i++) {
            expected.append("$300000\r\n")
                    .append("x".repeat(300_000))
                    .append("\r\n:")
                    .append(i)
                    .append("\r\n");
        }
        assertThat(kv.replies()).isEqualTo(expected.toString());
        assertThat(kv.os.waitingPops(kv.client)).isEqualTo(1);
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
    }

    /** Clients of Redis do so: a server that waits for them before it reads on would wait for ever. */
    @Test
    void readsOnWhileAClientSendsAllItsRequestsBeforeItReads() {
        kv.os.sendBufferBytes = 10_000;
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            kv.os.send(kv.client, request("SET", "k" + i, "value" + i), request("GET", "k" + i));
            kv.settle();
            assertThat(kv.os.waitingPops(kv.client)).isEqualTo(1);
            String value = "value" + i;
            expected.append("+OK\r\n$" + value.length() + "\r\n" + value + "\r\n");
        }
        assertThat(kv.os.pool().framesInUse()).isLessThan(40);
        assertThat(kv.replies()).isEqualTo(expected.toString());
    }

    /** Frames are what everybody needs to be heard at all. */
    @Test
    void keepsTheRepliesOfThoseWhoDoNotReadOutOfTheFrames() {
        sendSlowly(request("SET", "k", "x".repeat(200_000)));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        kv.os.sendBufferBytes = 100;
        long heapBefore = kv.os.heap().bytesInUse();
        int[] silent = new int[300];
        for (int i = 0; i < silent.length; i++) {
            silent[i] = kv.os.connect();
            kv.os.send(silent[i], request("GET", "k"), request("MGET", "k", "none", "k"));
            kv.settle();
        }
        assertThat(kv.os.pool().framesInUse()).isZero();
        assertThat(kv.os.heap().bytesInUse() - heapBefore)
                .as("for 180 MB of replies")
                .isLessThan(4 << 20);
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
        for (int client : silent) {
            kv.os.reset(client);
        }
    }

    @Test
    void abortsWhoIsNotReadFromAndDoesNotReadForAMinute() {
        kv.os.sendBufferBytes = 100;
        sendSlowly(request("SET", "k", "x".repeat(900_000)));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        for (int i = 0; i < 10; i++) {
            kv.os.send(kv.client, request("GET", "k"));
        }
        seconds(59);
        assertThat(kv.os.waitingPops(kv.client)).isZero();
        assertThat(kv.os.isClosed(kv.client)).isFalse();
        seconds(3);
        assertThat(kv.os.isClosed(kv.client)).isTrue();
        assertThat(kv.counters.counter("kv.connections.ended.slow-reader").get())
                .isEqualTo(1);
        kv.client = kv.os.connect();
    }

    @Test
    void waitsForWhoReadsNowAndThen() {
        kv.os.sendBufferBytes = 100;
        sendSlowly(request("SET", "k", "x".repeat(900_000)));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        for (int i = 0; i < 10; i++) {
            kv.os.send(kv.client, request("GET", "k"));
        }
        for (int i = 0; i < 10; i++) {
            seconds(50);
            assertThat(kv.os.read(kv.client)).isNotEmpty();
        }
        assertThat(kv.replies()).isEmpty();
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
    }

    /** Requests that are not whole take memory from others' requests, and only as long as more of them comes. */
    @Test
    void abortsWhoHoldsHalfARequestAndSendsNothingWhileMemoryIsScarce() {
        int[] clients = new int[8];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = kv.os.connect();
            kv.os.send(clients[i], ascii("*3\r\n$3\r\nSET\r\n$1\r\nh\r\n$9000000\r\n"));
        }
        byte[] some = new byte[100_000];
        for (int round = 0; round < 12; round++) {
            for (int c : clients) {
                if (!kv.os.isClosed(c)) {
                    kv.os.send(c, some);
                    kv.settle();
                }
            }
        }
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
        seconds(12);
        assertThat(java.util.Arrays.stream(clients).filter(kv.os::isClosed).count())
                .isPositive();
        sendSlowly(request("SET", "k", "x".repeat(900_000)));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        for (int c : clients) {
            if (!kv.os.isClosed(c)) {
                kv.os.end(c);
            }
        }
        kv.settle();
        kv.type("FLUSHALL");
        seconds(2);
        assertThat(kv.counters.counter("kv.waiting.bytes").get()).isZero();
        assertThat(kv.os.heap().blocksInUse()).isZero();
    }

    private void seconds(int count) {
        for (int i = 0; i < count; i++) {
            kv.nowNanos += 1_000_000_001L;
            kv.settle();
        }
    }

    @Test
    void givesTheMemoryOfValuesBackAtOnce() {
        for (int length :
                new int[] {0, 1, 63, 64, 500, 1023, 1024, 1500, 70_000, 1_000_000, 1_048_440, 1_048_441, 2_500_000}) {
            String value = "v".repeat(length);
            sendSlowly(request("SET", "k", value));
            assertThat(kv.replies()).isEqualTo("+OK\r\n");
            assertThat(kv.type("GET k")).isEqualTo("$" + length + "\r\n" + value + "\r\n");
        }
        assertThat(kv.type("DEL k")).isEqualTo(":1\r\n");
        assertThat(kv.os.heap().blocksInUse()).isZero();
    }

    /** A reply under way is what it was when it was asked for. */
    @Test
    void sendsTheValueThatWasAskedForThoughItIsReplacedMeanwhile() {
        kv.os.sendBufferBytes = 1;
        for (int length : new int[] {900, 1010, 5_000, 2_000_000}) {
            sendSlowly(request("SET", "k", "a".repeat(length)));
            kv.replies();
            int other = kv.os.connect();
            kv.os.send(other, request("GET", "k"), request("GET", "k"), request("GET", "k"));
            kv.settle();
            sendSlowly(request("SET", "k", "b".repeat(length)));
            assertThat(kv.replies()).isEqualTo("+OK\r\n");
            java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
            for (byte[] some = kv.os.read(other); some.length > 0; some = kv.os.read(other)) {
                all.writeBytes(some);
                kv.settle();
            }
            assertThat(all.toString(java.nio.charset.StandardCharsets.ISO_8859_1))
                    .isEqualTo(("$" + length + "\r\n" + "a".repeat(length) + "\r\n").repeat(3));
            kv.os.end(other);
            kv.settle();
        }
    }

    @Test
    void resetsItsStatistics() {
        kv.type("PING");
        assertThat(kv.type("CONFIG RESETSTAT")).isEqualTo("+OK\r\n");
        assertThat(kv.type("INFO stats")).contains("total_commands_processed:1\r\n");
        assertThat(kv.type("config resetstats")).startsWith("-ERR unknown subcommand 'resetstats'");
        assertThat(kv.command("\0PING")).startsWith("-ERR unknown command");
    }

    @Test
    void answersOutOfTheHeapWhenFramesAreOut() {
        kv.os.framesAreOut = true;
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
        assertThat(kv.os.waitingPops(kv.client)).isEqualTo(1);
        kv.os.framesAreOut = false;
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
    }

    @Test
    void goesOnWhenOperationsAreOut() {
        try (KvClient scarce = new KvClient(new MemoryOs(3), 1 << 20)) {
            scarce.settle();
            int others = scarce.os.connect(); // the table has no room for its pop
            scarce.settle();
            for (int i = 0; i < 5; i++) {
                scarce.os.send(scarce.client, request("PING"));
                scarce.settle();
                assertThat(scarce.os.read(scarce.client)).hasSizeLessThanOrEqualTo(7);
            }
            scarce.os.read(scarce.client);
            scarce.settle();
            scarce.os.end(scarce.client);
            scarce.settle();
            assertThat(scarce.os.isClosed(scarce.client)).isTrue();
            scarce.os.send(others, request("PING"));
            scarce.settle();
            assertThat(scarce.os.read(others)).isEqualTo(ascii("+PONG\r\n"));
        }
    }

    @Test
    void abortsWhoAsksForMoreCopiesThanThereIsMemoryFor() {
        kv.os.sendBufferBytes = 1000;
        kv.command("SET", "k", "x".repeat(900));
        sendSlowly(ascii("*20001\r\n$4\r\nMGET\r\n" + "$1\r\nk\r\n".repeat(20_000)));
        assertThat(kv.os.isClosed(kv.client)).isTrue();
        assertThat(kv.counters.counter("kv.connections.aborted").get()).isEqualTo(1);
        assertThat(kv.counters.counter("kv.connections.open").get()).isZero();
        kv.client = kv.os.connect();
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
    }

    /** One answer alone: it is not written to its end first. */
    @Test
    void abortsWhoAsksForMoreThanCanWait() {
        sendSlowly(request("SET", "k", "x".repeat(1_000_000)));
        assertThat(kv.replies()).isEqualTo("+OK\r\n");
        kv.os.sendBufferBytes = 1000;
        sendSlowly(ascii("*50001\r\n$4\r\nMGET\r\n" + "$1\r\nk\r\n".repeat(50_000))); // 50 GB
        assertThat(kv.os.isClosed(kv.client)).isTrue();
        assertThat(kv.counters.counter("kv.connections.aborted").get()).isEqualTo(1);
        kv.client = kv.os.connect();
        assertThat(kv.type("PING")).isEqualTo("+PONG\r\n");
    }

    @Test
    void forgetsAConnectionThatEndsOrIsLost() {
        kv.type("PING");
        kv.os.send(kv.client, ascii("*2\r\n$3\r\nGET\r\n$100\r\nabc")); // cut for ever
        kv.settle();
        kv.os.end(kv.client);
        kv.settle();
        assertThat(kv.os.isClosed(kv.client)).isTrue();
        kv.client = kv.os.connect();
        kv.type("PING");
        kv.os.reset(kv.client);
        kv.settle();
        assertThat(kv.os.isClosed(kv.client)).isTrue();
        assertThat(kv.counters.counter("kv.connections.open").get()).isZero();
        assertThat(kv.counters.counter("kv.connections.accepted").get()).isEqualTo(2);
    }

    @Test
    void findsItsWayAmongManyKeys() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        java.util.Map<String, String> model = new java.util.HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            String key = "key:" + random.nextInt(3000);
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    String value = "v".repeat(random.nextInt(60)) + i;
                    kv.command("SET", key, value);
                    model.put(key, value);
                }
                case 2 ->
                    assertThat(kv.command("DEL", key))
                            .as("seed " + seed)
                            .isEqualTo(model.remove(key) == null ? ":0\r\n" : ":1\r\n");
                default -> {
                    String value = model.get(key);
                    assertThat(kv.command("GET", key))
                            .as("seed " + seed)
                            .isEqualTo(value == null ? "$-1\r\n" : "$" + value.length() + "\r\n" + value + "\r\n");
                }
            }
        }
        assertThat(kv.type("DBSIZE")).isEqualTo(":" + model.size() + "\r\n");
    }

    /** The parser and the commands alone: what the stack allocates is its own tests' business. */
    @Test
    void makesNoGarbageOnGetAndSetOfKeysThatExist() {
        try (GarbageFree loop = new GarbageFree()) {
            for (int i = 0; i < 20_000; i++) {
                loop.round();
            }
            long allocated = Garbage.allocatedBytes(() -> {
                for (int i = 0; i < 10_000; i++) {
                    loop.round();
                }
            });
            assertThat(allocated).as("bytes allocated in 10,000 rounds").isLessThan(1000);
        }
    }
}
