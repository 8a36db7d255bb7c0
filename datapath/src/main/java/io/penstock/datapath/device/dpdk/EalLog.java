package io.penstock.datapath.device.dpdk;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.Stdio;
import io.penstock.linux.SystemCallException;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
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
    private static final int KEPT_LINES = 8;

    private final Deque<String> last = new ArrayDeque<>();
    private long stream;

    /** Opens the pipe and gives DPDK its end. Before {@code rte_eal_init}, once. */
    void attach() {
        try {
            int[] ends = FileDescriptors.pipe();
            int reading = ends[0];
            stream = Stdio.openForLines(ends[1]);
            int _ = (int) Dpdk.intFunction("rte_openlog_stream", 1).invokeExact(stream);
            FileInputStream in = new FileInputStream("/proc/self/fd/" + reading);
            FileDescriptors.close(reading);
            Thread reader = new Thread(() -> read(in), "dpdk-log");
            reader.setDaemon(true);
            reader.start();
        } catch (IOException | SystemCallException e) {
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
            Stdio.flush(stream);
            Thread.sleep(20); // the reader is another thread, and nobody is in a hurry when something has failed
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            return List.copyOf(last);
        }
    }
}
