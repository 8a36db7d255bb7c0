package io.penstock.datapath.device.dpdk;

import io.penstock.memory.os.Errno;
import io.penstock.memory.os.FileDescriptors;
import io.penstock.memory.os.Libc;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what DPDK logs into our log, by a pipe: a call back into Java would be fatal from within a driver's burst.
 *
 * <p>The pipe's writing end does not block: when nobody reads fast enough, lines are lost and no packet waits for them.
 */
final class EalLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.penstock.dpdk");
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int LINE_BUFFERED = 1;
    private static final int KEPT_LINES = 8;

    private static final MethodHandle PIPE2 = Libc.function("pipe2", ValueLayout.JAVA_INT, 2);
    private static final MethodHandle FDOPEN = Libc.function("fdopen", ValueLayout.JAVA_LONG, 2);
    private static final MethodHandle SETVBUF = Libc.function("setvbuf", ValueLayout.JAVA_INT, 4);
    private static final MethodHandle FCNTL = Libc.function("fcntl", ValueLayout.JAVA_INT, 3);
    private static final int F_SETFL = 4;

    private final Deque<String> last = new ArrayDeque<>();
    private final MethodHandle flushAll = Libc.function("fflush", ValueLayout.JAVA_INT, 1);
    private long stream;

    /** Opens the pipe and gives DPDK its end. Before {@code rte_eal_init}, once. */
    void attach() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(ValueLayout.JAVA_INT, 2);
            int result = (int) PIPE2.invokeExact(Libc.errnoState(), ends.address(), (long) O_CLOEXEC);
            if (result != 0) {
                throw new IllegalStateException("a pipe for DPDK's log: " + Errno.describe(Libc.errno()));
            }
            int reading = ends.getAtIndex(ValueLayout.JAVA_INT, 0);
            int writing = ends.getAtIndex(ValueLayout.JAVA_INT, 1);
            int ignored = (int) FCNTL.invokeExact(Libc.errnoState(), (long) writing, (long) F_SETFL, (long) O_NONBLOCK);
            stream = (long) FDOPEN.invokeExact(
                    Libc.errnoState(), (long) writing, arena.allocateFrom("w").address());
            ignored = (int) SETVBUF.invokeExact(Libc.errnoState(), stream, 0L, (long) LINE_BUFFERED, 4096L);
            ignored = (int) Dpdk.intFunction("rte_openlog_stream", 1).invokeExact(stream);
            FileInputStream in = new FileInputStream("/proc/self/fd/" + reading);
            FileDescriptors.close(reading);
            Thread reader = new Thread(() -> read(in), "dpdk-log");
            reader.setDaemon(true);
            reader.start();
        } catch (IOException e) {
            throw new IllegalStateException("a pipe for DPDK's log", e);
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
    }

    private void read(FileInputStream in) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    keep(line.strip());
                    LOG.debug("{}", line.strip());
                }
            }
        } catch (IOException e) {
            LOG.debug("DPDK's log has ended", e);
        }
    }

    private synchronized void keep(String line) {
        if (last.size() == KEPT_LINES) {
            last.removeFirst();
        }
        last.addLast(line);
    }

    synchronized void forget() {
        last.clear();
    }

    /** What it said last, newest at the end: the cause of an error that has just been reported, most likely. */
    List<String> recent() {
        try {
            int ignored = (int) flushAll.invokeExact(Libc.errnoState(), stream);
            Thread.sleep(20); // the reader is another thread, and nobody is in a hurry when something has failed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            throw Dpdk.unexpected(e);
        }
        synchronized (this) {
            return List.copyOf(last);
        }
    }
}
