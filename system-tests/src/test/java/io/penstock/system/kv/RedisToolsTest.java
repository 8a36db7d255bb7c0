package io.penstock.system.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The clients that come with Redis work with Penstock. */
@Timeout(180)
class RedisToolsTest {
    private static final long RUN_NANOS = 120_000_000_000L;

    private final Servers servers = new Servers().startPenstock();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        servers.close();
    }

    @Test
    void servesRedisCli() {
        assertThat(cli("PING")).isEqualTo("PONG");
        assertThat(cli("SET", "greeting", "hello world")).isEqualTo("OK");
        assertThat(cli("GET", "greeting")).isEqualTo("hello world");
        assertThat(cli("-3", "GET", "nobody")).isEmpty();
        assertThat(cli("-3", "INFO", "keyspace")).contains("db0:keys=1,expires=0");
        assertThat(cli("-r", "3", "INCR", "n")).isEqualTo("1\n2\n3");
        assertThat(cli("--raw", "MGET", "n", "greeting")).isEqualTo("3\nhello world");
        assertThat(cli("CONFIG", "GET", "save")).isEqualTo("save");
        assertThat(cli("INCR", "greeting")).isEqualTo("ERR value is not an integer or out of range");
        assertThat(cli("INFO")).contains("redis_version:", "used_memory:", "db0:keys=2,expires=0");
    }

    private String cli(String... arguments) {
        List<String> command = new ArrayList<>(List.of("redis-cli", "-h", Servers.PENSTOCK));
        command.addAll(List.of(arguments));
        return Shell.run(servers.atClient(command.toArray(String[]::new)))
                .replace("\r", "")
                .strip();
    }

    @Test
    void takesManyKeysFromAPipe() throws IOException {
        Path commands = folder.resolve("commands");
        Files.write(commands, RespClient.many(100_000, i -> Dialogue.request("SET", "key:" + i, "value:" + i)));
        String shell = "redis-cli -h " + Servers.PENSTOCK + " --pipe < " + commands;
        assertThat(Shell.run(servers.atClient("sh", "-c", shell)))
                .contains("errors: 0, replies: 100000")
                .doesNotContain("rror:");
        assertThat(cli("DBSIZE")).isEqualTo("100000");
        assertThat(cli("GET", "key:99999")).isEqualTo("value:99999");
    }

    @Test
    void servesRedisBenchmark() {
        Child benchmark = servers.startAtClient(
                "redis-benchmark",
                ("redis-benchmark -h " + Servers.PENSTOCK + " -t ping,set,get,incr,mset -n 2000 -c 50 -P 16 -q")
                        .split(" "));
        List<String> lines = benchmark.remainingLines(RUN_NANOS);
        assertThat(benchmark.awaitExit(RUN_NANOS)).isZero();
        assertThat(benchmark.errorLines()).isEmpty();
        assertThat(String.join("\n", lines))
                .doesNotContainIgnoringCase("error")
                .doesNotContain("WARN")
                .contains("PING_INLINE: ", "PING_MBULK: ", "SET: ", "GET: ", "INCR: ", "MSET (10 keys): ");
        Servers.await("all its connections are gone", () -> servers.counter("kv.connections.open") == 0);
        assertThat(servers.counter("kv.commands")).isGreaterThanOrEqualTo(6 * 2000);
    }
}
