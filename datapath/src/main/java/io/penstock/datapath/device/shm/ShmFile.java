package io.penstock.datapath.device.shm;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.RunDirectory;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RangeLock;
import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Mmap;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end's mapping of a wire's file, and the lock that makes the end its own.
 *
 * <p>The file lies in the user's run directory in {@code /dev/shm}. It is made by the first end and removed by the last;
 * one that dead processes left behind is made anew.
 */
final class ShmFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShmFile.class);
    private static final int ATTEMPTS = 200;
    private static final long ATTEMPT_PAUSE_NANOS = 5_000_000L;

    /** Null if another process has opened it: then it is not this one's to remove. */
    private final Path path;

    private final int fd;
    private final long address;
    private final int end;
    private boolean closed;

    private ShmFile(Path path, int fd, long address, int end) {
        this.path = path;
        this.fd = fd;
        this.address = address;
        this.end = end;
    }

    /**
     * Attaches to a wire.
     *
     * @param name of the wire
     * @param wantedEnd 0 for A, 1 for B, -1 for whichever is free
     * @throws ConfigurationException if the end is taken, or the file cannot be made
     */
    static ShmFile attach(String name, int wantedEnd) {
        Path directory = RunDirectory.own();
        RunDirectory.prepare(directory);
        Path path = directory.resolve(name + ".wire");
        try {
            for (int i = 0; i < ATTEMPTS; i++) {
                ShmFile file = tryAttach(path, name, wantedEnd);
                if (file != null) {
                    return file;
                }
                LockSupport.parkNanos(ATTEMPT_PAUSE_NANOS);
            }
        } catch (NoRoomException e) {
            throw new ConfigurationException(
                    "device 'shm:" + name + "' cannot make " + path + " of " + (ShmLayout.FILE_BYTES >> 10) + " KiB ("
                            + e.getMessage() + "): make room there, or name another place with "
                            + RunDirectory.VARIABLE,
                    e);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "device 'shm:" + name + "' cannot use " + path + " (" + e.getMessage() + "): remove it", e);
        }
        throw new ConfigurationException("device 'shm:" + name + "' cannot be set up: another process is stopped while"
                + " it attaches to " + path + "; end it, or choose another name");
    }

    /**
     * The mapping of an end whose lock another process has taken, and that it has handed over with the descriptor.
     *
     * @param fd belongs to the result, also if this fails
     * @throws ConfigurationException if it is no wire's
     */
    static ShmFile over(int fd, int end) {
        long address = FileDescriptors.lengthBytes(fd) == ShmLayout.FILE_BYTES ? map(fd) : -Errno.EINVAL;
        if (address < 0 || RawMemory.getLong(ShmLayout.magic(address)) != ShmLayout.MAGIC) {
            FileDescriptors.close(fd);
            throw new ConfigurationException("what was handed over is not a wire of this version");
        }
        RawMemory.putInt(
                ShmLayout.pid(address, end), (int) ProcessHandle.current().pid());
        return new ShmFile(null, fd, address, end);
    }

    private static long map(int fd) {
        return Mmap.map(
                ShmLayout.FILE_BYTES, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED | Mmap.MAP_POPULATE, fd, 0);
    }

    /** Returns null if another end attaches or detaches at this moment. */
    private static ShmFile tryAttach(Path path, String name, int wantedEnd) throws IOException {
        createIfMissing(path);
        int fd = FileDescriptors.open(path.toString(), FileDescriptors.O_RDWR | FileDescriptors.O_CLOEXEC);
        if (fd == -Errno.ENOENT) {
            return null; // removed between the two
        }
        if (fd < 0) {
            throw new IOException(Errno.describe(-fd));
        }
        ShmFile file = null;
        try {
            if (RangeLock.tryLock(fd, ShmLayout.LOCK_SETUP) != 0 || !isStill(fd, path)) {
                return null;
            }
            file = lockEnd(path, fd, name, wantedEnd);
            RangeLock.unlock(fd, ShmLayout.LOCK_SETUP);
            return file;
        } finally {
            if (file == null) {
                FileDescriptors.close(fd);
            }
        }
    }

    private static void createIfMissing(Path path) throws IOException {
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException _) {
            // the other end was first, or somebody died
        }
    }

    /** Whether the path still leads to the file that was opened: its last user removes it. */
    private static boolean isStill(int fd, Path path) throws IOException {
        return Files.exists(path) && Files.isSameFile(Path.of("/proc/self/fd/" + fd), path);
    }

    private static ShmFile lockEnd(Path path, int fd, String name, int wantedEnd) throws IOException {
        boolean aFree = RangeLock.tryLock(fd, 0) == 0;
        boolean bFree = RangeLock.tryLock(fd, 1) == 0;
        if (aFree && bFree) {
            // Nobody is attached: whatever the file holds is a dead wire's.
            fill(path);
        } else if (Files.size(path) != ShmLayout.FILE_BYTES) {
            throw new IOException("it is not a wire of this version");
        }
        long address = map(fd);
        if (address < 0) {
            throw new IOException("mmap: " + Errno.describe((int) -address));
        }
        try {
            int end = wantedEnd >= 0 ? wantedEnd : aFree ? 0 : 1;
            if (!(end == 0 ? aFree : bFree)) {
                throw new ConfigurationException(taken(address, name, wantedEnd));
            }
            if (aFree && bFree) {
                RawMemory.putLong(ShmLayout.magic(address), ShmLayout.MAGIC);
                RawMemory.putInt(ShmLayout.version(address), ShmLayout.VERSION);
            } else if (RawMemory.getLong(ShmLayout.magic(address)) != ShmLayout.MAGIC
                    || RawMemory.getInt(ShmLayout.version(address)) != ShmLayout.VERSION) {
                throw new IOException("it is not a wire of this version");
            }
            int other = 1 - end;
            if (other == 0 ? aFree : bFree) {
                RangeLock.unlock(fd, other);
                RawMemory.putIntRelease(ShmLayout.attached(address, other), 0);
            }
            RawMemory.putInt(
                    ShmLayout.pid(address, end), (int) ProcessHandle.current().pid());
            return new ShmFile(path, fd, address, end);
        } catch (IOException | RuntimeException e) {
            Mmap.unmap(address, ShmLayout.FILE_BYTES);
            throw e;
        }
    }

    /**
     * With zeros that are written, and not by its length alone: where memory is short it must show here, and not as a SIGBUS
     * at the first packet.
     */
    private static void fill(Path path) throws IOException {
        byte[] zeros = new byte[64 << 10];
        try (RandomAccessFile content = new RandomAccessFile(path.toFile(), "rw")) {
            content.setLength(0);
            for (int at = 0; at < ShmLayout.FILE_BYTES; at += zeros.length) {
                content.write(zeros, 0, Math.min(zeros.length, ShmLayout.FILE_BYTES - at));
            }
        } catch (IOException e) {
            Files.deleteIfExists(path); // half of it would take the room that others need
            throw new NoRoomException(e);
        }
    }

    /** The file could not be written. */
    private static final class NoRoomException extends IOException {
        private static final long serialVersionUID = 1;

        NoRoomException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static String taken(long address, String name, int wantedEnd) {
        if (wantedEnd < 0) {
            return "both ends of 'shm:" + name + "' are in use, by processes "
                    + RawMemory.getInt(ShmLayout.pid(address, 0)) + " and "
                    + RawMemory.getInt(ShmLayout.pid(address, 1)) + ": choose another name";
        }
        return "end " + (wantedEnd == 0 ? "a" : "b") + " of 'shm:" + name + "' is in use by process "
                + RawMemory.getInt(ShmLayout.pid(address, wantedEnd)) + ": take the other role, or another name";
    }

    long address() {
        return address;
    }

    /** Who has it, has the lock of the end. */
    int fd() {
        return fd;
    }

    /** Forgets the end without a word, as another process may have it. */
    void letGo() {
        if (!closed) {
            closed = true;
            Mmap.retire(address, ShmLayout.FILE_BYTES, this);
            FileDescriptors.close(fd);
        }
    }

    /** 0 for A, 1 for B. */
    int end() {
        return end;
    }

    /** Tells the other end that somebody is here now. After the indices were read. */
    void announce() {
        RawMemory.putIntRelease(ShmLayout.attached(address, end), 1);
    }

    /** Whether the other end says that it is there. */
    boolean isPeerAttached() {
        return RawMemory.getIntAcquire(ShmLayout.attached(address, 1 - end)) != 0;
    }

    /** Asks the kernel whether the other end is there, and notes that it is not if it died. A few system calls. */
    boolean checkPeer() {
        if (RangeLock.isHeldByAnother(fd, 1 - end)) {
            return true;
        }
        RawMemory.putIntRelease(ShmLayout.attached(address, 1 - end), 0);
        return false;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        RawMemory.putIntRelease(ShmLayout.attached(address, end), 0);
        Mmap.retire(address, ShmLayout.FILE_BYTES, this);
        // While nobody can attach, see whether the other end is there. If somebody attaches right now, the file stays.
        try {
            if (path != null
                    && RangeLock.tryLock(fd, ShmLayout.LOCK_SETUP) == 0
                    && RangeLock.tryLock(fd, 1 - end) == 0) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", path, e.toString());
        }
        FileDescriptors.close(fd); // and with it the locks
    }
}
