package io.penstock.datapath.counters;

import static io.penstock.datapath.counters.CountersFileLayout.*;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.RawMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

/**
 * A server's counters in a file in shared memory, which tools read from outside and which outlives the process.
 *
 * <p>Counting is a plain store into the mapped page: no system call, no lock. {@link #close} marks the file as closed
 * and leaves it for whoever wants to see the last numbers; the next server of the same name removes it, and those that
 * killed servers left.
 *
 * <p>{@link #counter} and {@link #close} may be called from any thread; each counter has one writer. The mapping stays
 * until the process ends, as a {@link Counter} is an address: one that is used after the close harms nothing.
 */
public final class CountersFile implements Counters, AutoCloseable {
    private final Path path;
    private final long address;
    private final CountersManager manager;
    private final Map<String, Counter> byName = new HashMap<>();
    private final Map<String, Integer> idByName = new HashMap<>();
    private final Map<String, String> remedies = new HashMap<>();

    private CountersFile(Path path, long address) {
        this.path = path;
        this.address = address;
        this.manager = new CountersManager(
                new UnsafeBuffer(address + HEADER_BYTES, METADATA_BYTES),
                new UnsafeBuffer(address + HEADER_BYTES + METADATA_BYTES, VALUES_BYTES),
                StandardCharsets.US_ASCII);
    }

    /**
     * Makes the file in this user's {@link RunDirectory}.
     *
     * @throws ConfigurationException if it cannot be made
     */
    public static CountersFile create(ServerIdentity server) {
        return create(RunDirectory.own(), server);
    }

    /**
     * As {@link #create(ServerIdentity)}; a further server of the same name in this process gets a number behind its name.
     *
     * @throws ConfigurationException if it cannot be made
     */
    public static CountersFile createNumbered(ServerIdentity server) {
        return createNumbered(RunDirectory.own(), server);
    }

    static CountersFile createNumbered(Path directory, ServerIdentity server) {
        synchronized (CountersFile.class) { // two stacks may be opened at the same time
            String name = server.name();
            for (int number = 2; isRunning(directory, name); number++) {
                String end = "-" + number;
                name = server.name().substring(0, Math.min(server.name().length(), 32 - end.length())) + end;
            }
            return create(directory, server.named(name));
        }
    }

    private static boolean isRunning(Path directory, String name) {
        CountersHeader found = CountersHeader.read(directory.resolve(fileName(name)));
        return found != null && found.isOfARunningServer();
    }

    private static String fileName(String serverName) {
        return ProcessHandle.current().pid() + "-" + serverName + SUFFIX;
    }

    /** Makes the file in a directory of the caller's choice, which is made too if only it is missing. */
    public static CountersFile create(Path directory, ServerIdentity server) {
        RunDirectory.prepare(directory);
        removeDead(directory, server.name());
        String name = fileName(server.name());
        Path unfinished = directory.resolve("." + name);
        if (Files.exists(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            throw new ConfigurationException("a server named '" + server.name() + "' runs in this process already ("
                    + directory.resolve(name) + "): close it first, or give the new one another name");
        }
        try {
            Files.deleteIfExists(unfinished);
            CountersFile file = new CountersFile(directory.resolve(name), map(unfinished));
            file.writeHeader(server);
            Files.move(unfinished, file.path, StandardCopyOption.ATOMIC_MOVE);
            return file;
        } catch (IOException e) {
            tryDelete(unfinished);
            throw new ConfigurationException(
                    "cannot make counters file " + directory.resolve(name) + " (" + e.getMessage()
                            + "): make room there, or name another place with " + RunDirectory.VARIABLE,
                    e);
        }
    }

    private static long map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            // Written, not just extended: a full /dev/shm must show here, and not as a SIGBUS while packets fly.
            ByteBuffer zeros = ByteBuffer.allocate(FILE_BYTES);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES, Arena.global());
            return mapped.address();
        }
    }

    private void writeHeader(ServerIdentity server) throws IOException {
        RawMemory.putLong(address + MAGIC_OFFSET, MAGIC);
        RawMemory.putInt(address + VERSION_OFFSET, VERSION);
        RawMemory.putInt(address + STATE_OFFSET, STATE_RUNNING);
        RawMemory.putInt(address + HEADER_LENGTH_OFFSET, HEADER_BYTES);
        RawMemory.putInt(address + METADATA_LENGTH_OFFSET, METADATA_BYTES);
        RawMemory.putInt(address + VALUES_LENGTH_OFFSET, VALUES_BYTES);
        RawMemory.putInt(address + CORE_OFFSET, server.core());
        RawMemory.putInt(address + REMEDIES_LENGTH_OFFSET, REMEDIES_BYTES);
        RawMemory.putInt(address + SPINS_OFFSET, server.spins() ? 1 : 0);
        RawMemory.putLong(address + PID_OFFSET, ProcessHandle.current().pid());
        RawMemory.putLong(address + PROCESS_START_OFFSET, ProcessStamp.own());
        RawMemory.putLong(address + STARTED_OFFSET, System.currentTimeMillis());
        RawMemory.putLong(address + NETWORK_NAMESPACE_OFFSET, networkNamespace());
        putText(NAME_OFFSET, server.name());
        putText(DEVICE_OFFSET, server.device());
        putText(ADDRESS_OFFSET, server.address());
        putText(COMMAND_LINE_OFFSET, commandLine());
    }

    /** The inode that stands for the network namespace of the calling thread; 0 if /proc does not tell. */
    public static long networkNamespace() {
        try {
            return ((Number) Files.getAttribute(Path.of("/proc/thread-self/ns/net"), "unix:ino")).longValue();
        } catch (IOException _) {
            return 0;
        }
    }

    private static String commandLine() throws IOException {
        String joined = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1);
        String words = joined.replace('\0', ' ').strip();
        // The JVM's own flags and the class path say nothing to an operator: what follows the main class does.
        int arguments = words.indexOf(" io.penstock.control.cli.Penstock ");
        return arguments < 0 ? words : "penstock" + words.substring(words.indexOf(' ', arguments + 1));
    }

    private void putText(int offset, String text) {
        putText(offset, text, textCapacity(offset));
    }

    private void putText(int offset, String text, int capacity) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, capacity);
        RawMemory.putIntRelease(address + offset, 0); // nothing is better than half of two texts
        VarHandle.storeStoreFence();
        RawMemory.copyFrom(bytes, 0, address + offset + Integer.BYTES, length);
        RawMemory.putIntRelease(address + offset, length);
    }

    /**
     * Notes what is known once the device is open.
     *
     * @param device its name, if the server could not say one before
     * @param mode what it turned out to be
     * @param spins whether the loop keeps its core busy also when there is nothing to do
     */
    public void opened(String device, String mode, boolean spins) {
        if (RawMemory.getInt(address + DEVICE_OFFSET) == 0) {
            putText(DEVICE_OFFSET, device);
        }
        mode(mode);
        RawMemory.putInt(address + SPINS_OFFSET, spins ? 1 : 0);
    }

    /** Notes what the device turned out to be once it was open, such as {@code native XDP, copy mode, 2 queues}. */
    public void mode(String mode) {
        putText(MODE_OFFSET, mode);
    }

    @Override
    public synchronized Counter counter(String name, CounterType type) {
        return byName.computeIfAbsent(name, n -> allocate(n, type));
    }

    private Counter allocate(String name, CounterType type) {
        int id = manager.allocate(name, type.fileCode());
        idByName.put(name, id);
        return new Counter(address + HEADER_BYTES + METADATA_BYTES + CountersReader.counterOffset(id));
    }

    @Override
    public synchronized void remedy(String name, String line) {
        Integer id = idByName.get(name);
        if (id != null) {
            int offset = HEADER_BYTES + METADATA_BYTES + VALUES_BYTES + id * REMEDY_BYTES;
            putText(offset, line, REMEDY_BYTES - Integer.BYTES);
            remedies.put(name, line);
        }
    }

    @Override
    public synchronized String remedyOf(String name) {
        return remedies.get(name);
    }

    /** Where the file is. */
    public Path path() {
        return path;
    }

    /** Marks the file as closed. It stays until a server of the same name starts, or somebody cleans up. */
    @Override
    public synchronized void close() {
        if (RawMemory.getInt(address + STATE_OFFSET) != STATE_CLOSED) {
            RawMemory.putLong(address + CLOSED_OFFSET, System.currentTimeMillis());
            RawMemory.putIntRelease(address + STATE_OFFSET, STATE_CLOSED);
        }
    }

    /** Closes and removes the file, of a server that never came to serve. */
    public void discard() {
        close();
        tryDelete(path);
    }

    /** Removes what servers of this name left that run no more. */
    private static void removeDead(Path directory, String serverName) {
        String ending = "-" + serverName + SUFFIX;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                boolean ours = name.endsWith(ending) && name.matches("\\.?\\d{1,18}" + ending);
                if (ours && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !isInUse(file, name)) {
                    tryDelete(file);
                }
            }
        } catch (IOException _) {
            // What is left over does no harm; if the directory cannot be used, making the new file will say so.
        }
    }

    private static boolean isInUse(Path file, String name) {
        if (name.startsWith(".")) {
            long pid = Long.parseLong(name.substring(1, name.indexOf('-')));
            return ProcessStamp.of(pid) != ProcessStamp.NO_PROCESS;
        }
        CountersHeader header = CountersHeader.read(file);
        return header == null || header.isOfARunningServer(); // not readable, so not ours to judge
    }

    private static void tryDelete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException _) {
            // Somebody else was faster, or may do it later: stale files are told apart by their process.
        }
    }
}
