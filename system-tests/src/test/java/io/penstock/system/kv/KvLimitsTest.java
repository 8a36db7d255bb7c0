package io.penstock.system.kv;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no client can do: take frames for good, more memory than there is, or the server with it. */
@Timeout(180)
class KvLimitsTest {
    private static final String FRAMES = "pool.frames-in-use";
    private static final long MEBIBYTE = 1 << 20;
    /** What the process takes at most: the store, the waiting bytes of all connections, and the Java machine. */
    private static final long MAX_RESIDENT_BYTES = 3072 * MEBIBYTE;

    private final Servers servers = new Servers();

    @AfterEach
    void close() {
        servers.close();
    }

    @Test
    void givesTheFramesOfKeysBack() {
        servers.startPenstock();
        RespClient client = servers.connect(Servers.PENSTOCK);
        client.command("PING");
        long before = servers.counter(FRAMES);
        for (int i = 0; i < 1000; i++) {
            // In a packet of its own, it stays in its frame.
            client.say(Dialogue.request("SET", "k" + i, "x".repeat(1200)));
            assertThat(client.command("DBSIZE")).endsWith(":" + (i + 1) + "\r\n");
        }
        Servers.await("values lie in frames", () -> servers.counter(FRAMES) >= before + 500);
        for (int i = 0; i < 1000; i += 2) {
            client.command("SET", "k" + i, "short");
        }
        for (int i = 1; i < 1000; i += 2) {
            assertThat(client.command("GET", "k" + i)).startsWith("$1200\r\nxxx");
            client.command("DEL", "k" + i);
        }
        assertThat(client.command("DBSIZE")).isEqualTo(":500\r\n");
        Servers.await("their frames are free again", () -> servers.counter(FRAMES) <= before + 10);
        client.command("FLUSHALL");
        assertThat(client.command("INFO", "memory")).contains("\r\nused_memory:0\r\n");
    }

    @Test
    void refusesWhatTheStoreHasNoRoomForAndGoesOn() {
        servers.startPenstock("--max-memory", "8");
        RespClient client = servers.connect(Servers.PENSTOCK);
        String refused = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
        String answer = "+OK\r\n";
        int stored = 0;
        for (; answer.equals("+OK\r\n"); stored++) {
            answer = client.command("SET", "k" + stored, "x".repeat(100_000));
        }
        assertThat(answer).isEqualTo(refused);
        assertThat(stored).isBetween(60, 84);
        assertThat(client.command("SET", "huge", "x".repeat(9_000_000))).isEqualTo(refused);
        assertThat(client.command("MSET", "a", "x".repeat(100_000), "b", "c")).isEqualTo(refused);
        assertThat(client.command("SET", "k", "x".repeat(100_000), "FOO")).isEqualTo(refused);
        assertThat(client.command("GET", "k0")).startsWith("$100000\r\nxxx");
        assertThat(client.command("DEL", "k0", "k1")).isEqualTo(":2\r\n");
        assertThat(client.command("SET", "k0", "x".repeat(100_000))).isEqualTo("+OK\r\n");
        assertThat(client.command("FLUSHALL")).isEqualTo("+OK\r\n");
        assertThat(client.command("SET", "k0", "x".repeat(100_000))).isEqualTo("+OK\r\n");
    }

    @Test
    void servesOthersWhileAClientDoesNotReadItsAnswers() throws InterruptedException {
        servers.startPenstock();
        RespClient other = servers.connect(Servers.PENSTOCK);
        other.command("SET", "big", "x".repeat(200_000));
        long frames = servers.counter(FRAMES);
        RespClient silent = servers.connect(Servers.PENSTOCK);
        byte[] gets = RespClient.many(200_000, _ -> Dialogue.request("GET", "big")); // 40 GB of answers
        Thread writer = Thread.ofPlatform().daemon().start(() -> silent.say(gets));
        long executed = servers.counter("kv.commands");
        Servers.await("it is served", () -> servers.counter("kv.commands") > executed);
        for (int i = 1; i <= 2000; i++) {
            assertThat(other.command("INCR", "n")).isEqualTo(":" + i + "\r\n");
        }
        assertThat(servers.residentBytes()).isLessThan(MAX_RESIDENT_BYTES);
        silent.close();
        writer.join();
        Servers.await("it is forgotten", () -> servers.counter("kv.connections.open") == 1);
        Servers.await("its frames are free again", () -> servers.counter(FRAMES) <= frames + 10);
    }

    @Test
    void endsAnAnswerThatWouldTakeAllMemory() {
        servers.startPenstock();
        RespClient other = servers.connect(Servers.PENSTOCK);
        other.command("SET", "k", "x".repeat(1_000_000));
        String[] words = new String[50_000]; // 50 GB
        java.util.Arrays.fill(words, "k");
        words[0] = "MGET";
        RespClient greedy = servers.connect(Servers.PENSTOCK);
        assertThat(greedy.ask(Dialogue.request(words)).closed()).isTrue();
        assertThat(other.command("PING")).isEqualTo("+PONG\r\n");
        assertThat(servers.counter("kv.connections.aborted")).isEqualTo(1);
        assertThat(servers.residentBytes()).isLessThan(MAX_RESIDENT_BYTES);
    }

    @Test
    void endsAValueThatNeverEnds() {
        servers.startPenstock();
        RespClient other = servers.connect(Servers.PENSTOCK);
        RespClient endless = servers.connect(Servers.PENSTOCK);
        boolean open = endless.say(Dialogue.latin1("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n"));
        byte[] some = new byte[1 << 20];
        for (int i = 0; i < 500 && open; i++) {
            open = endless.say(some);
        }
        assertThat(open).isFalse();
        assertThat(other.command("GET", "k")).isEqualTo("$-1\r\n");
        assertThat(servers.counter("kv.connections.aborted")).isEqualTo(1);
        assertThat(servers.isPenstockAlive()).isTrue();
    }
}
