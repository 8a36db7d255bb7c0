package io.penstock.benchmarks.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.testkit.process.Child;
import io.penstock.testkit.process.HarnessException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/**
 * The load generator's process: a line of JSON for each measurement goes in, one comes out. One process serves a whole
 * bench, so that what its compiler has learnt is the same for every server.
 */
public final class LoadClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ERROR = "error";
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long SLACK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Child process;

    /** Takes over a process that runs {@link #answerAll}. */
    public LoadClient(Child process) {
        this.process = process;
        process.awaitLine(line -> line.equals("ready"), START_NANOS);
    }

    /**
     * Measures.
     *
     * @throws HarnessException if it cannot be done, or the server ends
     */
    public LoadResult measure(LoadSpec spec, Child server) {
        try {
            process.send(JSON.writeValueAsString(spec));
            long expected = TimeUnit.MILLISECONDS.toNanos(
                    spec.timing().warmupMillis() + spec.timing().measureMillis());
            String line = process.awaitLine(any -> any.startsWith("{"), expected + SLACK_NANOS, server);
            JsonNode answer = JSON.readTree(line);
            if (answer.has(ERROR)) {
                // A server that has died is the better explanation of whatever the client saw of it.
                throw server.isAlive()
                        ? new HarnessException("client: " + answer.get(ERROR).asText())
                        : server.ended();
            }
            return JSON.treeToValue(answer, LoadResult.class);
        } catch (JsonProcessingException e) {
            throw new HarnessException("the client's answer cannot be read", e);
        }
    }

    /** The process's side: answers each line until there are no more. */
    public static void answerAll(BufferedReader in, PrintStream out) throws IOException {
        out.println("ready");
        out.flush();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
            out.flush();
        }
    }

    private static String answer(String line) throws JsonProcessingException {
        try {
            return JSON.writeValueAsString(LoadGenerator.run(JSON.readValue(line, LoadSpec.class)));
        } catch (LoadException | HarnessException | JsonProcessingException | IllegalArgumentException e) {
            return JSON.writeValueAsString(JSON.createObjectNode().put(ERROR, e.getMessage()));
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
