package io.penstock.testkit.process;

import static io.penstock.datapath.counters.CountersFileLayout.FILE_BYTES;
import static io.penstock.datapath.counters.CountersFileLayout.HEADER_BYTES;
import static io.penstock.datapath.counters.CountersFileLayout.MAGIC;
import static io.penstock.datapath.counters.CountersFileLayout.METADATA_BYTES;
import static io.penstock.datapath.counters.CountersFileLayout.PID_OFFSET;
import static io.penstock.datapath.counters.CountersFileLayout.SUFFIX;
import static io.penstock.datapath.counters.CountersFileLayout.VALUES_BYTES;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/** Reads the counters of a Penstock server from outside. */
public final class ServerCounters {
    /** How long the loop was busy: its turns in which something happened. */
    public static final String BUSY_NANOS = "loop.busy.nanos";

    private ServerCounters() {}

    /** Every counter of a file by its name. */
    public static Map<String, Long> read(Path file) {
        ByteBuffer bytes = contents(file);
        CountersReader reader = new CountersReader(
                new UnsafeBuffer(bytes, HEADER_BYTES, METADATA_BYTES),
                new UnsafeBuffer(bytes, HEADER_BYTES + METADATA_BYTES, VALUES_BYTES),
                StandardCharsets.US_ASCII);
        Map<String, Long> values = new HashMap<>();
        reader.forEach((value, _, label) -> values.put(label, value));
        return values;
    }

    /** The file of a process in a directory, if it has one. */
    public static Optional<Path> fileOf(long pid, Path directory) {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> candidates = files.filter(
                            file -> file.getFileName().toString().endsWith(SUFFIX))
                    .toList();
            return candidates.stream()
                    .filter(file -> contents(file).getLong(PID_OFFSET) == pid)
                    .findFirst();
        } catch (IOException e) {
            throw new HarnessException("cannot list " + directory, e);
        }
    }

    private static ByteBuffer contents(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
            if (bytes.remaining() < FILE_BYTES || bytes.getLong(0) != MAGIC) {
                throw new HarnessException(file + " is no counters file");
            }
            return bytes;
        } catch (IOException e) {
            throw new HarnessException("cannot read " + file, e);
        }
    }
}
