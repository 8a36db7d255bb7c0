package io.penstock.datapath.process;

/**
 * SIGTERM, SIGINT and SIGHUP to a server, which serves until it is told to stop.
 *
 * <ol>
 *   <li>The first one ends the server in good order, or keeps it from serving if it has not begun.
 *   <li>The second one ends it without waiting for its clients.
 *   <li>The third one, or a server that does not end in time, ends the process as it is.
 * </ol>
 *
 * <p>One for each process; a signal that comes before it is made is heard if {@link StopRequests#keep} was called. Signals are heard on threads of their own; the server's thread makes it and calls its methods.
 */
public final class StopSignals {
    /** How long a server has to put everything back, when there is nobody to wait for. */
    private static final long STOP_NANOS = 5_000_000_000L;

    private final String name;
    private final Thread server = Thread.currentThread();
    private final long patienceNanos;
    private int heard;
    private boolean ended;
    private Runnable stop;

    /**
     * Hears of signals to a server that the calling thread opens and runs, from now on and as long as the process lasts.
     *
     * @param name what the server is called in messages
     * @param drainNanos how long the server may take for its clients at the end, at least 0
     */
    public StopSignals(String name, long drainNanos) {
        this.name = name;
        this.patienceNanos = drainNanos + STOP_NANOS;
        synchronized (this) { // one that comes now waits until those before it are counted
            this.heard = StopRequests.take(this::hear);
        }
    }

    /**
     * The server is about to serve.
     *
     * @param how ends it; called from another thread, at the first signal
     * @return false if a signal has come already: do not serve
     */
    public synchronized boolean beginService(Runnable how) {
        stop = how;
        return heard == 0;
    }

    /** The server has ended: further signals do nothing, and the process ends with the code that the command returns. */
    public synchronized void ended() {
        ended = true;
        notifyAll();
    }

    /** On a thread of the signal's own. */
    private synchronized void hear() {
        heard++;
        if (ended) {
            return;
        }
        long now = System.nanoTime();
        long deadline = now + (heard == 1 ? patienceNanos : STOP_NANOS);
        switch (heard) {
            case 1 -> {
                if (stop != null) {
                    stop.run();
                }
            }
            case 2 -> server.interrupt();
            default -> deadline = now;
        }
        try {
            for (; !ended && now < deadline; now = System.nanoTime()) {
                wait((deadline - now) / 1_000_000 + 1);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // nobody does
        }
        if (!ended && heard <= 2) {
            System.err.println("penstock: " + name + " did not stop in time");
        }
        if (!ended) {
            Runtime.getRuntime().halt(1);
        }
    }
}
