package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.AdvisoryLock;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which Penstock process has which interface: one locked file each in {@code /run/penstock}, named after the network
 * namespace and the interface's number, with the process's number in it.
 *
 * <p>The kernel refuses a second user by itself, but cannot say who the first one is. It releases the lock when the
 * process dies, however it dies; the file that stays behind is removed by whoever takes a lock next.
 */
final class InterfaceLock {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceLock.class);
    static final Path DIRECTORY = Path.of("/run/penstock");
    private static final int ATTEMPTS = 100;

    private InterfaceLock() {}

    /**
     * Takes the lock for the calling thread's network namespace.
     *
     * @return how to release it; nothing the second time
     * @throws ConfigurationException if another process, or another device of this one, has it
     */
    static Runnable take(String interfaceName, int interfaceIndex) {
        return take(DIRECTORY, interfaceName, namespaceInode() + "-" + interfaceIndex);
    }

    static Runnable take(Path directory, String interfaceName, String key) {
        Path file = directory.resolve("afxdp-" + key + ".lock");
        try {
            Files.createDirectories(directory);
            removeLeftOvers(directory);
            for (int i = 0; i < ATTEMPTS; i++) {
                Runnable release = tryTake(file, interfaceName);
                if (release != null) {
                    return release;
                }
            }
        } catch (IOException e) {
            LOG.info("no lock file {} for {}: {}", file, interfaceName, e.toString());
            return () -> {}; // a process that may not write there: the kernel still refuses a second one
        }
        throw new ConfigurationException("lock file " + file + " changes all the time: is something removing it?");
    }

    /** Returns null if the file was removed between its opening and its locking. */
    private static Runnable tryTake(Path file, String interfaceName) throws IOException {
        int fd = openOrCreate(file);
        if (fd < 0) {
            throw new IOException(Errno.describe(-fd));
        }
        boolean taken = false;
        try {
            if (AdvisoryLock.tryLock(fd) != 0) {
                throw held(interfaceName, holder(file));
            }
            if (!isStill(fd, file)) {
                return null;
            }
            Files.writeString(file, ProcessHandle.current().pid() + "\n");
            taken = true;
            return new Release(fd, file);
        } finally {
            if (!taken) {
                FileDescriptors.close(fd);
            }
        }
    }

    private static ConfigurationException held(String interfaceName, String holder) {
        return new ConfigurationException("interface " + interfaceName + " is already held by "
                + (holder.equals(Long.toString(ProcessHandle.current().pid()))
                        ? "this process: open it once for all of its stacks (Devices.openPort), and each of them on a queue"
                                + " of its own (DeviceFactory.queueOf)"
                        : "Penstock process " + holder + ": stop that one, or use another interface"));
    }

    /** Gives a lock back, once. From any thread. */
    private static final class Release implements Runnable {
        private final int fd;
        private final Path file;
        private boolean released;

        Release(int fd, Path file) {
            this.fd = fd;
            this.file = file;
        }

        @Override
        public synchronized void run() {
            if (released) {
                return;
            }
            released = true;
            try {
                Files.deleteIfExists(file); // while it is locked: nobody can have locked this file
            } catch (IOException e) {
                LOG.warn("cannot remove {}: {}", file, e.toString());
            }
            FileDescriptors.close(fd);
        }
    }

    private static int openOrCreate(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException _) {
            // the usual case after a crash
        }
        return FileDescriptors.open(file.toString(), FileDescriptors.O_RDWR | FileDescriptors.O_CLOEXEC);
    }

    private static boolean isStill(int fd, Path file) throws IOException {
        Path opened = Path.of("/proc/self/fd/" + fd);
        return Files.exists(file) && Files.isSameFile(opened, file);
    }

    private static String holder(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "(starting)" : text;
        } catch (IOException _) {
            return "(unknown)";
        }
    }

    private static void removeLeftOvers(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "afxdp-*.lock")) {
            for (Path file : files) {
                int fd = FileDescriptors.open(file.toString(), FileDescriptors.O_RDWR | FileDescriptors.O_CLOEXEC);
                if (fd >= 0) {
                    if (AdvisoryLock.tryLock(fd) == 0 && isStill(fd, file)) {
                        Files.deleteIfExists(file);
                    }
                    FileDescriptors.close(fd);
                }
            }
        }
    }

    /** The number of this thread's network namespace: sockets opened by it live there. */
    private static String namespaceInode() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"))
                    .toString()
                    .replaceAll("\\D", "");
        } catch (IOException _) {
            return "0"; // without /proc there is one namespace as far as we can tell
        }
    }
}
