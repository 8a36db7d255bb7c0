package io.penstock.control;

import static io.penstock.datapath.counters.CountersFileLayout.*;

import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.ProcessStamp;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.concurrent.status.CountersReader;

/**
 * What a server's counters file said at one moment, copied and checked.
 *
 * <p>Anybody may have written the file: it may be truncated, change while it is read, or be made to harm its reader. So
 * it is read and not mapped (a mapped file that is truncated kills its reader), links are not followed, a pipe is not
 * waited for, no more is read than a counters file can have, and every number is checked before it is used. Immutable.
 */
public final class CountersSnapshot {
    private static final int O_NOFOLLOW = 0x20000;
    /** More than any version will need; what is longer is something else. */
    private static final int MAX_BYTES = 8 << 20;

    private final Path path;
    private final ByteBuffer file;
    private final Map<String, Long> counters;
    private final Map<String, CounterType> types = new HashMap<>();
    private final Map<String, String> remedies;
    private final boolean alive;

    private CountersSnapshot(Path path, ByteBuffer file) throws InvalidCountersException {
        this.path = path;
        this.file = file;
        checkHeader();
        this.counters = Collections.unmodifiableMap(readCounters());
        this.remedies = Collections.unmodifiableMap(readRemedies());
        this.alive = file.getInt(STATE_OFFSET) == STATE_RUNNING
                && ProcessStamp.isAlive(pid(), file.getLong(PROCESS_START_OFFSET));
    }

    /**
     * Reads a counters file.
     *
     * @throws InvalidCountersException if it cannot be read or is not a counters file; the message is one line
     */
    public static CountersSnapshot read(Path path) throws InvalidCountersException {
        int flags = FileDescriptors.O_RDONLY | FileDescriptors.O_NONBLOCK | FileDescriptors.O_CLOEXEC | O_NOFOLLOW;
        int fd = FileDescriptors.open(path.toString(), flags);
        if (fd < 0) {
            throw new InvalidCountersException(path, "cannot be opened: " + Errno.describe(-fd));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(FILE_BYTES + 1L);
            int length = 0;
            while (true) {
                long got = FileDescriptors.read(fd, memory.address() + length, memory.byteSize() - length);
                if (got < 0) {
                    throw new InvalidCountersException(path, "cannot be read: " + Errno.describe((int) -got));
                }
                length += (int) got;
                if (got == 0) {
                    break;
                }
                if (length == memory.byteSize()) {
                    if (length >= MAX_BYTES) {
                        throw new InvalidCountersException(path, "is longer than any counters file");
                    }
                    MemorySegment larger = arena.allocate(MAX_BYTES);
                    larger.asSlice(0, length).copyFrom(memory);
                    memory = larger;
                }
            }
            byte[] bytes = memory.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            return new CountersSnapshot(path, ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
        } finally {
            FileDescriptors.close(fd);
        }
    }

    private void checkHeader() throws InvalidCountersException {
        check(file.capacity() >= HEADER_BYTES, "is cut short: " + file.capacity() + " bytes");
        check(file.getLong(MAGIC_OFFSET) == MAGIC, "is not a counters file: the first bytes are not PENSTOCK");
        int version = file.getInt(VERSION_OFFSET);
        check(version == VERSION, "has version " + version + ", but this Penstock reads version " + VERSION);
        int state = file.getInt(STATE_OFFSET);
        check(state == STATE_RUNNING || state == STATE_CLOSED, "is corrupt: state " + state);
        int header = file.getInt(HEADER_LENGTH_OFFSET);
        int metadata = file.getInt(METADATA_LENGTH_OFFSET);
        int values = file.getInt(VALUES_LENGTH_OFFSET);
        int remedyBytes = file.getInt(REMEDIES_LENGTH_OFFSET); // 0 of a server that knew none
        boolean plausible = header == HEADER_BYTES
                && metadata >= 0
                && values >= 0
                && metadata % CountersReader.METADATA_LENGTH == 0
                && values / CountersReader.COUNTER_LENGTH == metadata / CountersReader.METADATA_LENGTH
                && remedyBytes >= 0
                && (long) header + metadata + values + remedyBytes <= file.capacity();
        check(
                plausible,
                "is corrupt: header, metadata, values and remedies of " + header + ", " + metadata + ", " + values
                        + " and " + remedyBytes + " bytes in a file of " + file.capacity());
        check(pid() > 0, "is corrupt: PID " + pid());
        for (int offset : new int[] {NAME_OFFSET, DEVICE_OFFSET, ADDRESS_OFFSET, MODE_OFFSET, COMMAND_LINE_OFFSET}) {
            int length = file.getInt(offset);
            check(length >= 0 && length <= textCapacity(offset), "is corrupt: text of " + length + " bytes");
        }
    }

    private Map<String, Long> readCounters() throws InvalidCountersException {
        Map<String, Long> found = new TreeMap<>();
        int metadata = HEADER_BYTES;
        int values = HEADER_BYTES + file.getInt(METADATA_LENGTH_OFFSET);
        for (int record = metadata; record < values; record += CountersReader.METADATA_LENGTH) {
            int state = file.getInt(record);
            if (state == CountersReader.RECORD_UNUSED) {
                break;
            }
            if (state == CountersReader.RECORD_ALLOCATED) {
                int length = file.getInt(record + CountersReader.LABEL_OFFSET);
                check(
                        length >= 0 && length <= CountersReader.MAX_LABEL_LENGTH,
                        "is corrupt: a counter's name of " + length + " bytes");
                int id = (record - metadata) / CountersReader.METADATA_LENGTH;
                String name = text(record + CountersReader.LABEL_OFFSET, length);
                found.put(name, file.getLong(values + CountersReader.counterOffset(id)));
                types.put(name, CounterType.ofFileCode(file.getInt(record + CountersReader.TYPE_ID_OFFSET)));
            }
        }
        return found;
    }

    /** What is written there by somebody else may be nonsense: then there is none. */
    private Map<String, String> readRemedies() {
        Map<String, String> found = new TreeMap<>();
        int metadata = HEADER_BYTES;
        int values = metadata + file.getInt(METADATA_LENGTH_OFFSET);
        int remedies = values + file.getInt(VALUES_LENGTH_OFFSET);
        int end = remedies + file.getInt(REMEDIES_LENGTH_OFFSET);
        int at = remedies;
        for (int record = metadata; record < values && at + REMEDY_BYTES <= end; at += REMEDY_BYTES) {
            int length = file.getInt(at);
            if (file.getInt(record) == CountersReader.RECORD_ALLOCATED
                    && length > 0
                    && length <= REMEDY_BYTES - Integer.BYTES) {
                int label = record + CountersReader.LABEL_OFFSET;
                found.put(text(label, file.getInt(label)), text(at, length));
            }
            record += CountersReader.METADATA_LENGTH;
        }
        return found;
    }

    private void check(boolean good, String otherwise) throws InvalidCountersException {
        if (!good) {
            throw new InvalidCountersException(path, otherwise);
        }
    }

    private String text(int offset) {
        return text(offset, file.getInt(offset));
    }

    /** Without anything that a terminal would obey: the file's owner need not be the reader's friend. */
    private String text(int offset, int length) {
        byte[] bytes = new byte[length];
        file.get(offset + Integer.BYTES, bytes);
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** Where it was read. */
    public Path path() {
        return path;
    }

    /** What kind of server, such as {@code echo}. */
    public String name() {
        return text(NAME_OFFSET);
    }

    /** The device as the operator named it, such as {@code afxdp:vb}. */
    public String device() {
        return text(DEVICE_OFFSET);
    }

    /** The stack's address with its prefix length. */
    public String address() {
        return text(ADDRESS_OFFSET);
    }

    /** What the device turned out to be; empty if the server was not that far. */
    public String mode() {
        return text(MODE_OFFSET);
    }

    /** How the server was started. */
    public String commandLine() {
        return text(COMMAND_LINE_OFFSET);
    }

    /** The core that the loop is pinned to; -1 if to none. */
    public int core() {
        return Math.max(-1, file.getInt(CORE_OFFSET));
    }

    /** Whether the loop keeps its core busy also when there is nothing to do. */
    public boolean spins() {
        return file.getInt(SPINS_OFFSET) != 0;
    }

    public long pid() {
        return file.getLong(PID_OFFSET);
    }

    /** The inode of the network namespace in which it runs; 0 if unknown. */
    public long networkNamespace() {
        return file.getLong(NETWORK_NAMESPACE_OFFSET);
    }

    /** When the server started, in milliseconds since 1970. */
    public long startedMillis() {
        return file.getLong(STARTED_OFFSET);
    }

    /** When the server closed, in milliseconds since 1970; 0 if it did not. */
    public long closedMillis() {
        return state() == ServerState.CLOSED ? file.getLong(CLOSED_OFFSET) : 0;
    }

    /** What became of the server. */
    public ServerState state() {
        if (file.getInt(STATE_OFFSET) == STATE_CLOSED) {
            return ServerState.CLOSED;
        }
        return alive ? ServerState.RUNNING : ServerState.DIED;
    }

    /** All counters by name, sorted. */
    public Map<String, Long> counters() {
        return counters;
    }

    /** What a counter's number means, as the server registered it; a total if the server has none of this name. */
    public CounterType type(String name) {
        return types.getOrDefault(name, CounterType.TOTAL);
    }

    /** Why counters rose and how to mend it, by name, for those of which the server has said so. */
    public Map<String, String> remedies() {
        return remedies;
    }

    /** One counter; 0 if the server has none of this name. */
    public long counter(String name) {
        return counters.getOrDefault(name, 0L);
    }
}
