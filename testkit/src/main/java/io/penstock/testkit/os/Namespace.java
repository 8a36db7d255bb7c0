package io.penstock.testkit.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import io.penstock.memory.os.SystemCallException;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** setns(2): runs something in a network namespace of this machine, on a thread of its own. */
public final class Namespace {
    private static final int CLONE_NEWNET = 0x40000000;

    private static final MethodHandle SETNS = Libc.function("setns", JAVA_INT, 2);

    private Namespace() {}

    /**
     * Runs on a new thread that has entered the namespace and ends there: a thread that has moved must not go back to a
     * pool, and the caller's stays where it is.
     *
     * @param file the namespace, such as {@code /run/netns/NAME}
     */
    public static <T> T call(String file, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(() -> {
            enter(file);
            return work.call();
        });
        Thread.ofPlatform().daemon().name("in-namespace").start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in namespace " + file, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("in namespace " + file, e.getCause());
        }
    }

    private static void enter(String file) {
        int fd = FileDescriptors.open(file, FileDescriptors.O_RDONLY | FileDescriptors.O_CLOEXEC);
        if (fd < 0) {
            throw new SystemCallException("open " + file, -fd);
        }
        try {
            if ((int) SETNS.invokeExact(Libc.errnoState(), (long) fd, (long) CLONE_NEWNET) != 0) {
                throw new SystemCallException("setns " + file, Libc.errno());
            }
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        } finally {
            FileDescriptors.close(fd);
        }
    }
}
