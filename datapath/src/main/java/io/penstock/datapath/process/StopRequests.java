package io.penstock.datapath.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * SIGTERM, SIGINT and SIGHUP to this process. A shutdown hook would hear of the first one only, and the process would
 * end with 128 plus the signal's number. This class hears of each signal from the start of the process, and whoever takes
 * them ({@link StopSignals}) decides how the process ends. Any thread.
 */
public final class StopRequests {
    private static final Map<String, Integer> NUMBERS = Map.of("TERM", 15, "INT", 2, "HUP", 1);
    private static final int SIGNALLED = 128;
    /** The JVM's own handlers. */
    private static final Map<String, Object> FORMER = new HashMap<>();

    private static Runnable taker;
    private static int untaken;
    private static int firstUntaken;

    private StopRequests() {}

    /** Keeps what comes until it is known who takes it. */
    public static synchronized void keep() {
        NUMBERS.keySet().forEach(name -> FORMER.computeIfAbsent(name, StopRequests::handle));
    }

    /**
     * Takes all signals from now on.
     *
     * @param each runs for each of them, on a thread of its own
     * @return how many came before
     */
    static synchronized int take(Runnable each) {
        keep();
        taker = each;
        return untaken;
    }

    /** Nobody takes them: they do what they always do, those that came before too. */
    public static synchronized void leave() {
        FORMER.forEach(StopRequests::restore);
        FORMER.clear();
        if (untaken > 0) {
            System.exit(SIGNALLED + firstUntaken);
        }
    }

    private static void hear(String name) {
        Runnable heardBy;
        synchronized (StopRequests.class) {
            heardBy = taker;
            if (heardBy == null && untaken++ == 0) {
                firstUntaken = NUMBERS.get(name);
            }
        }
        if (heardBy != null) {
            heardBy.run();
        }
    }

    /**
     * {@code sun.misc.Signal} is the JDK's only way to hear of a signal more than once. By reflection, since javac cannot be
     * told that it is meant. Returns the former handler, or null if the JVM was told to leave signals alone (-Xrs).
     */
    private static Object handle(String name) {
        try {
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object hears = Proxy.newProxyInstance(
                    StopRequests.class.getClassLoader(), new Class<?>[] {handler}, (_, method, arguments) -> {
                        if (method.getDeclaringClass() == handler) {
                            hear(name);
                            return null;
                        }
                        return method.invoke(name, arguments);
                    });
            return set(name, hears);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("SIG" + name, e);
        }
    }

    private static void restore(String name, Object former) {
        try {
            Object _ = set(name, former);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("SIG" + name, e);
        }
    }

    private static Object set(String name, Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        try {
            return signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return null;
            }
            throw e;
        }
    }
}
