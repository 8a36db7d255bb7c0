package io.penstock.testkit.process;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be undone, in the reverse order of its making: at the end of the try block, or at Ctrl-C or SIGTERM by
 * the virtual machine's shutdown.
 */
public final class Cleanup implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Cleanup.class);

    private final Deque<AutoCloseable> steps = new ArrayDeque<>();
    private final Thread hook = Thread.ofPlatform().name("cleanup").unstarted(this::shutDown);
    private volatile boolean shuttingDown;

    /** Nothing to undo yet. */
    public Cleanup() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Undo this too. If the process is on its way out already, at once. */
    public <T extends AutoCloseable> T add(T step) {
        synchronized (steps) {
            steps.push(step);
        }
        if (shuttingDown) {
            runAll();
        }
        return step;
    }

    /** Undo this one now, and not again. */
    public void close(AutoCloseable step) {
        synchronized (steps) {
            steps.remove(step);
        }
        run(step);
    }

    /** Whether the process was told to end: failures from now on have that reason. */
    public boolean isShuttingDown() {
        return shuttingDown;
    }

    private void shutDown() {
        shuttingDown = true;
        runAll();
    }

    private void runAll() {
        while (true) {
            AutoCloseable step;
            synchronized (steps) {
                step = steps.poll();
            }
            if (step == null) {
                return;
            }
            run(step);
        }
    }

    private static void run(AutoCloseable step) {
        try {
            step.close();
        } catch (Exception e) {
            LOG.warn("could not clean up: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        runAll();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The hook runs already and undoes the same list.
        }
    }
}
