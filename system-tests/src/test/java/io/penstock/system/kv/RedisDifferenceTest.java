package io.penstock.system.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.system.kv.Dialogue.Saying;
import io.penstock.system.kv.RespClient.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever is said, Penstock answers what redis-server answers, byte by byte. What may differ: the version, the numbers of
 * clients, what a clock says ({@link Dialogue#comparable}); the contents of INFO, COMMAND and CONFIG GET *, which are of
 * each server itself; patterns in CONFIG GET; and the subcommands of COMMAND and CLIENT that Penstock does not have.
 */
@Timeout(180)
class RedisDifferenceTest {
    private static final int ROUNDS = 25;
    private static final int MAX_PIECES = 5000;

    private final Servers servers = new Servers().startPenstock().startRedis();
    private RespClient penstock = servers.connect(Servers.PENSTOCK);
    private RespClient redis = servers.connect(Servers.REDIS);

    @AfterEach
    void close() {
        servers.close();
    }

    @Test
    void answersWhatRedisAnswers() {
        SoftAssertions differences = new SoftAssertions();
        for (Saying saying : Dialogue.read()) {
            compare(differences, saying.line(), saying.bytes());
        }
        differences.assertAll();
    }

    @Test
    void closesAfterLinesThatDoNotEnd() {
        // Not much more than is read before it is refused: what is left unread resets the connection, and the reply
        // with it.
        // And nothing behind it, which would be an end if it came with the rest.
        SoftAssertions differences = new SoftAssertions();
        for (String beginning : List.of("x", "SET k ", "*", "*1\r\n$", "*1\r\nx", "x\0y\r\n")) {
            byte[] endless = Dialogue.latin1(beginning + "1".repeat(65_600));
            penstock.say(endless);
            redis.say(endless);
            differences.assertThat(penstock.read()).as(beginning).isEqualTo(redis.read());
            reconnect();
        }
        differences.assertAll();
    }

    /** Each is malformed, or looks so. */
    @Test
    void saysOfMalformedRequestsWhatRedisSays() {
        SoftAssertions differences = new SoftAssertions();
        List<String> sayings = List.of(
                "*x\r\n",
                "*\r\n",
                "*-1\r\nPING\r\n",
                "*0\r\nPING\r\n",
                "*2147483648\r\n",
                "*01\r\n",
                "*1\r\nPING\r\n",
                "*1\r\n\r\n",
                "*1\r\n:4\r\nPING\r\n",
                "*1\r\n$-1\r\n",
                "*1\r\n$x\r\n",
                "*1\r\n$536870913\r\n",
                "*1\r\n$99999999999999999999999999999999999999\r\n",
                "GET \"a\r\n",
                "GET 'a\r\n",
                "GET \"a\"b\r\n",
                "ECHO \"a\"\u000bb\r\n",
                "ECHO a\u000bb\r\n",
                "ECHO a\fb\r\n",
                "\u000b\fECHO a\tb\r\n",
                "ECHO \"\\x41\\n\\q\\\\\"\r\n",
                "ECHO 'a\\'b\\n'\r\n",
                "ECHO a\rb\r\n",
                "\r\n\n \r\nPING\n",
                "CONFIG RESETSTAT\r\n",
                "CONFIG RESETSTAT x\r\n",
                "CONFIG NOTHINGATALL\r\n",
                "*1\r\n$5\r\n\0PING\r\n",
                "GET\r\n",
                "GET a b\r\n",
                "CLIENT\r\n");
        for (String saying : sayings) {
            compare(differences, saying, Dialogue.latin1(saying));
        }
        differences.assertAll();
    }

    @Test
    void numbersItsClients() {
        String first = penstock.command("CLIENT", "ID");
        String second = servers.connect(Servers.PENSTOCK).command("client", "id");
        assertThat(first).matches(":\\d+\r\n").isNotEqualTo(second);
        assertThat(second).matches(":\\d+\r\n");
    }

    @Test
    void answersTheSameToPipelinesCutAnywhere() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<Saying> sayings = withoutThoseThatClose();
        for (int round = 0; round < ROUNDS; round++) {
            penstock.command("FLUSHALL");
            redis.command("FLUSHALL");
            List<byte[]> pipeline = new ArrayList<>();
            for (int i = 5 << random.nextInt(8); i > 0; i--) {
                pipeline.add(sayings.get(random.nextInt(sayings.size())).bytes());
            }
            byte[][] pieces = cut(RespClient.joined(pipeline), random);
            Answer ours = penstock.ask(pieces);
            Answer theirs = redis.ask(pieces);
            assertThat(Dialogue.comparable(ours.bytes()))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(Dialogue.comparable(theirs.bytes()));
            assertThat(ours.closed()).isFalse();
        }
    }

    private List<Saying> withoutThoseThatClose() {
        List<Saying> open = new ArrayList<>();
        for (Saying saying : Dialogue.read()) {
            if (redis.ask(saying.bytes()).closed()) {
                redis = servers.connect(Servers.REDIS);
            } else if (saying.fitsAnywhere()) {
                open.add(saying);
            }
        }
        redis = servers.connect(Servers.REDIS); // which has no name and speaks RESP2
        return open;
    }

    private static byte[][] cut(byte[] all, Random random) {
        List<byte[]> pieces = new ArrayList<>();
        int most = List.of(7, 100, 1460, 100_000).get(random.nextInt(4));
        for (int at = 0; at < all.length; ) {
            int length = 1 + random.nextInt(pieces.size() < MAX_PIECES ? most : 100_000);
            pieces.add(Arrays.copyOfRange(all, at, Math.min(all.length, at + length)));
            at += length;
        }
        return pieces.toArray(byte[][]::new);
    }

    @Test
    void answersTenThousandCommandsAtOnce() {
        byte[] increments = RespClient.many(10_000, i -> Dialogue.request("INCR", "n" + i % 3));
        assertThat(penstock.ask(increments)).isEqualTo(redis.ask(increments));
        byte[] mixed = RespClient.many(10_000, i -> switch (i % 4) {
            case 0 -> Dialogue.request("SET", "k" + i % 100, "v".repeat(i % 2000));
            case 1 -> Dialogue.request("GET", "k" + (i - 1) % 100);
            case 2 -> Dialogue.request("DEL", "k" + i % 64);
            default -> Dialogue.latin1("EXISTS k" + i % 50 + "\r\n");
        });
        assertThat(penstock.ask(mixed)).isEqualTo(redis.ask(mixed));
        byte[] wide = Dialogue.request(java.util.stream.IntStream.range(0, 100_000)
                .mapToObj(i -> i == 0 ? "EXISTS" : "k" + i % 100)
                .toArray(String[]::new));
        assertThat(penstock.ask(wide)).isEqualTo(redis.ask(wide));
    }

    private void compare(SoftAssertions differences, String what, byte[]... pieces) {
        Answer ours = penstock.ask(pieces);
        Answer theirs = redis.ask(pieces);
        differences
                .assertThat(new Answer(Dialogue.comparable(ours.bytes()), ours.closed()))
                .as(what)
                .isEqualTo(new Answer(Dialogue.comparable(theirs.bytes()), theirs.closed()));
        if (ours.closed() || theirs.closed()) {
            reconnect();
        }
    }

    private void reconnect() {
        penstock = servers.connect(Servers.PENSTOCK);
        redis = servers.connect(Servers.REDIS);
    }
}
