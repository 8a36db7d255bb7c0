package io.penstock.examples.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * SIGTERM, SIGINT and SIGHUP to a server. A shutdown hook would hear of the first one only; this hears of each.
 *
 * <ol>
 *   <li>The first one ends the server in good order, or keeps it from serving if it has not begun.
 *   <li>The second one lets it wait for nobody any more.
 *   <li>The third one, or a server that does not end in time, ends the process as it is.
 * </ol>
 */
final class StopSignals {
    private static final String[] NAMES = {"TERM", "INT", "HUP"};
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
     * @param drainNanos how long the server may take for its clients at the end
     */
    StopSignals(String name, long drainNanos) {
        this.name = name;
        this.patienceNanos = drainNanos + STOP_NANOS;
        for (String each : NAMES) {
            handle(each);
        }
    }

    /**
     * {@code sun.misc.Signal} is the JDK's only way to hear of a signal more than once. By reflection, since javac cannot be
     * told that it is meant.
     */
    private void handle(String signalName) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object hears = Proxy.newProxyInstance(
                    StopSignals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getDeclaringClass() == handler) {
                            hear();
                            return null;
                        }
                        return method.invoke(this, arguments);
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(signalName), hears);
        } catch (InvocationTargetException e) {
            if (!(e.getCause() instanceof IllegalArgumentException)) {
                throw new IllegalStateException("SIG" + signalName, e);
            }
            // The JVM was told to leave signals alone (-Xrs): then this one ends the process as it is.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("SIG" + signalName, e);
        }
    }

    /**
     * The server is about to serve.
     *
     * @param how ends it; called from another thread
     * @return false if a signal has come already: do not serve
     */
    synchronized boolean beginService(Runnable how) {
        stop = how;
        return heard == 0;
    }

    /** The server has ended; the process will end with the code that the caller returns. */
    synchronized void ended() {
        ended = true;
        notifyAll();
    }

    /** On a thread of the signal's own. */
    private synchronized void hear() throws InterruptedException {
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
        for (; !ended && now < deadline; now = System.nanoTime()) {
            wait((deadline - now) / 1_000_000 + 1);
        }
        if (!ended && heard <= 2) {
            System.err.println("penstock: " + name + " did not stop in time");
        }
        if (!ended) {
            Runtime.getRuntime().halt(1);
        }
    }
}
