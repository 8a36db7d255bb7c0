package io.penstock.testkit.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A process that lives as long as it is needed and never longer than this one: the kernel kills it should this process
 * die in a way that leaves no time for cleaning up.
 */
public final class Child implements AutoCloseable {
    private static final long STOP_SECONDS = 10;
    private static final int KEPT_ERROR_LINES = 40;
    private static final int SIGNALLED = 128;

    /** Stands in the queue of lines for the end of the stream. */
    private static final String END = new String("end of output");

    // PR_SET_PDEATHSIG speaks of the *thread* that forked: this one lives as long as the process.
    private static final ExecutorService STARTER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("process-starter").factory());

    private final String name;
    private final Process process;
    private final BufferedWriter input;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Deque<String> errorLines = new ArrayDeque<>();
    private final Thread errorReader;
    private volatile boolean paused;
    private volatile boolean stopping;

    private Child(String name, Process process) {
        this.name = name;
        this.process = process;
        this.input = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        reader(name + "-out", process.getInputStream(), lines::add, () -> lines.add(END));
        this.errorReader = reader(name + "-err", process.getErrorStream(), this::keepErrorLine, () -> {});
    }

    /**
     * Starts a process.
     *
     * @param name what messages call it, such as {@code the echo server}
     */
    public static Child start(String name, List<String> command) {
        List<String> bound = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        bound.addAll(command);
        try {
            return STARTER.submit(() -> new Child(name, new ProcessBuilder(bound).start()))
                    .get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new HarnessException("interrupted while starting " + name);
        } catch (ExecutionException e) {
            throw new HarnessException(
                    "cannot start " + name + ": " + e.getCause().getMessage(), e);
        }
    }

    private static Thread reader(
            String name, InputStream stream, java.util.function.Consumer<String> each, Runnable atEnd) {
        return Thread.ofPlatform().daemon().name(name).start(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    each.accept(line);
                }
            } catch (IOException _) {
                // The stream was closed under the reader: that is its end.
            } finally {
                atEnd.run();
            }
        });
    }

    private void keepErrorLine(String line) {
        synchronized (errorLines) {
            if (errorLines.size() == KEPT_ERROR_LINES) {
                errorLines.removeFirst();
            }
            errorLines.addLast(line);
        }
    }

    /** What it last wrote to its standard error. */
    public List<String> errorLines() {
        synchronized (errorLines) {
            return List.copyOf(errorLines);
        }
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Writes a line to its standard input. */
    public void send(String line) {
        try {
            input.write(line);
            input.newLine();
            input.flush();
        } catch (IOException _) {
            throw ended();
        }
    }

    /** Ends its standard input. */
    public void endInput() {
        try {
            input.close();
        } catch (IOException _) {
            throw ended();
        }
    }

    /**
     * The next line of its standard output that fits; those before it are dropped.
     *
     * @param watched processes without which there is nothing to wait for
     * @throws HarnessException if it ended, a watched one ended, or the time is up
     */
    public String awaitLine(Predicate<String> wanted, long timeoutNanos, Child... watched) {
        long deadline = System.nanoTime() + timeoutNanos;
        try {
            while (System.nanoTime() < deadline) {
                String line = lines.poll(50, TimeUnit.MILLISECONDS);
                if (isEnd(line)) {
                    throw ended();
                }
                if (line != null && wanted.test(line)) {
                    return line;
                }
                for (Child other : watched) {
                    if (!other.isAlive()) {
                        throw other.ended();
                    }
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new HarnessException("interrupted while waiting for " + name);
        }
        throw new HarnessException(
                name + " did not answer within " + TimeUnit.NANOSECONDS.toSeconds(timeoutNanos) + " s" + lastError());
    }

    @SuppressWarnings("StringEquality") // the mark is that very object
    private static boolean isEnd(String line) {
        return line == END;
    }

    /** All lines until its output ends. */
    public List<String> remainingLines(long timeoutNanos) {
        long deadline = System.nanoTime() + timeoutNanos;
        List<String> all = new ArrayList<>();
        try {
            for (String line = lines.poll(timeoutNanos, TimeUnit.NANOSECONDS);
                    !isEnd(line);
                    line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                if (line == null) {
                    throw new HarnessException(name + " did not end in time" + lastError());
                }
                all.add(line);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new HarnessException("interrupted while waiting for " + name);
        }
        return all;
    }

    /** Waits for its end. Returns the exit code. */
    public int awaitExit(long timeoutNanos) {
        try {
            if (!process.waitFor(timeoutNanos, TimeUnit.NANOSECONDS)) {
                throw new HarnessException(name + " did not end in time" + lastError());
            }
            errorReader.join(TimeUnit.SECONDS.toMillis(1));
            return process.exitValue();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new HarnessException("interrupted while waiting for " + name);
        }
    }

    /** One line that says that it has ended, and how. */
    public HarnessException ended() {
        int code;
        try {
            code = awaitExit(TimeUnit.SECONDS.toNanos(2));
        } catch (HarnessException e) {
            return e;
        }
        String how = code > SIGNALLED ? "was killed by signal " + (code - SIGNALLED) : "ended with exit code " + code;
        return new HarnessException(name + " " + how + lastError());
    }

    private String lastError() {
        List<String> all = errorLines();
        return all.isEmpty() ? "" : ": " + all.getLast();
    }

    /** Stops it in its tracks (SIGSTOP), so that it costs nothing until {@link #resume}; nothing if it has ended. */
    public void pause() {
        paused = Shell.tryRun(List.of("kill", "-STOP", Long.toString(pid()))).isOk();
    }

    /** Lets it go on (SIGCONT). */
    public void resume() {
        Shell.run("kill", "-CONT", Long.toString(pid()));
        paused = false;
    }

    /** Sends SIGKILL and waits for the end: what a crash looks like from outside. */
    public void kill() {
        stopping = true;
        process.destroyForcibly();
        awaitExit(TimeUnit.SECONDS.toNanos(STOP_SECONDS));
    }

    /** Sends SIGTERM and waits; SIGKILL if that does not help in time. */
    @Override
    public void close() {
        if (stopping && !process.isAlive()) {
            return;
        }
        if (paused) {
            kill(); // it would not see SIGTERM
            return;
        }
        stopping = true;
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            }
            input.close();
        } catch (IOException _) {
            // Nobody is left to read what was still to be written.
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
