package io.penstock.server.fiber;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.concurrent.Executor;

/**
 * Virtual threads with a scheduler of their own, which Java 25 has and does not offer: they are made by a method of
 * {@code java.lang.ThreadBuilders} that must be opened to Penstock by a flag.
 */
final class VirtualThreads {
    private static final String PACKAGE = "java.lang";
    private static final String COMPLAINT;
    private static final MethodHandle NEW;

    static {
        String complaint = null;
        MethodHandle found = null;
        Module own = VirtualThreads.class.getModule();
        if (Object.class.getModule().isOpen(PACKAGE, own)) {
            try {
                Method method = Class.forName("java.lang.ThreadBuilders")
                        .getDeclaredMethod("newVirtualThread", Executor.class, String.class, int.class, Runnable.class);
                method.setAccessible(true);
                found = MethodHandles.lookup()
                        .unreflect(method)
                        .asType(MethodType.methodType(
                                Thread.class, Executor.class, String.class, int.class, Runnable.class));
            } catch (ReflectiveOperationException e) {
                complaint = "Java " + Runtime.version().feature()
                        + " makes virtual threads in another way than Java 25, for which Penstock's fibers are written: "
                        + e.getMessage();
            }
        } else {
            complaint =
                    "Java keeps Penstock's fibers from their scheduler: start it with --add-opens java.base/" + PACKAGE
                            + "=" + (own.isNamed() ? own.getName() : "ALL-UNNAMED")
                            + " (all flags stand in penstock.jvmargs), or name that in an executable jar's manifest"
                            + " (Add-Opens: java.base/" + PACKAGE + ")";
        }
        COMPLAINT = complaint;
        NEW = found;
    }

    private VirtualThreads() {}

    /** What is missing and how to mend it, in one line; null if nothing is. */
    static String complaint() {
        return COMPLAINT;
    }

    /** A thread that runs wherever {@code scheduler} runs what it is given. Not started. */
    static Thread unstarted(Executor scheduler, String name, Runnable body) {
        try {
            return (Thread) NEW.invokeExact(scheduler, name, 0, body);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("it declares no exception", e);
        }
    }
}
