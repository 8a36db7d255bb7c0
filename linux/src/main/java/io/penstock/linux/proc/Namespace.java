package io.penstock.linux.proc;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.LibraryCall;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** setns(2): runs something in a network namespace of this machine, on a thread of its own. */
public final class Namespace {
    private static final int CLONE_NEWNET = 0x40000000;

    private static final LibraryCall SETNS = LibraryCall.ofInt("setns", 2);

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
        int fd = SystemCallException.check(
                "open " + file, FileDescriptors.open(file, FileDescriptors.O_RDONLY | FileDescriptors.O_CLOEXEC));
        try {
            SystemCallException.check("setns " + file, SETNS.call(fd, CLONE_NEWNET));
        } finally {
            FileDescriptors.close(fd);
        }
    }
}
