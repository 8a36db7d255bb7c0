package io.penstock.datapath.counters;

import static io.penstock.datapath.counters.CountersFileLayout.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CountersFileTest {
    private static final ServerIdentity ECHO = new ServerIdentity("echo", "afxdp:vb", "198.18.0.2/24", 1);

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void chooseADirectoryThatIsNotThereYet() {
        directory = parent.resolve("run");
    }

    @Test
    void showsFromOutsideWhatWasCounted() throws IOException {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            Counter requests = file.counter("echo.requests");
            Counter drops = file.counter("drops.no-frame");
            requests.add(41);
            requests.increment();
            drops.set(7);

            ByteBuffer bytes = read(file);
            UnsafeBuffer metadata = new UnsafeBuffer(bytes, HEADER_BYTES, METADATA_BYTES);
            UnsafeBuffer values = new UnsafeBuffer(bytes, HEADER_BYTES + METADATA_BYTES, VALUES_BYTES);
            StringBuilder seen = new StringBuilder();
            new CountersReader(metadata, values, StandardCharsets.US_ASCII)
                    .forEach((value, _, label) ->
                            seen.append(label).append('=').append(value).append(' '));
            assertThat(seen.toString()).isEqualTo("echo.requests=42 drops.no-frame=7 ");
        }
    }

    @Test
    void numbersServersOfOneNameInOneProcess() {
        ServerIdentity longest = new ServerIdentity("x".repeat(32), "sim:a", "198.18.0.2/24", -1);
        try (CountersFile first = CountersFile.createNumbered(directory, ECHO);
                CountersFile second = CountersFile.createNumbered(directory, ECHO);
                CountersFile third = CountersFile.createNumbered(directory, longest);
                CountersFile fourth = CountersFile.createNumbered(directory, longest)) {
            assertThat(List.of(first, second, third, fourth))
                    .extracting(file -> file.path().getFileName().toString().split("-", 2)[1])
                    .containsExactly(
                            "echo.counters",
                            "echo-2.counters",
                            "x".repeat(32) + ".counters",
                            "x".repeat(30) + "-2.counters");
        }
        try (CountersFile again = CountersFile.createNumbered(directory, ECHO)) {
            assertThat(again.path().getFileName().toString()).endsWith("-echo.counters");
        }
    }

    @Test
    void showsBesideACounterWhyItRises() throws IOException {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            file.counter("rx.packets").increment();
            file.counter("tx.dropped.no-route").increment();
            file.remedy("tx.dropped.no-route", "no route to 198.19.0.1: a much longer line that is replaced");
            file.remedy("tx.dropped.no-route", "no route to 198.19.0.1: give --gateway ADDRESS");
            file.remedy("not.counted", "nobody asked for this counter");

            ByteBuffer bytes = read(file);
            assertThat(bytes.getInt(REMEDIES_LENGTH_OFFSET)).isEqualTo(REMEDIES_BYTES);
            int remedies = HEADER_BYTES + METADATA_BYTES + VALUES_BYTES;
            assertThat(text(bytes, remedies)).isEmpty();
            assertThat(text(bytes, remedies + REMEDY_BYTES))
                    .isEqualTo("no route to 198.19.0.1: give --gateway ADDRESS");
            assertThat(text(bytes, remedies + 2 * REMEDY_BYTES)).isEmpty();
        }
    }

    @Test
    void cutsARemedyThatIsLongerThanItsPlace() throws IOException {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            file.counter("first");
            file.counter("second");
            file.remedy("second", "no");
            file.remedy("first", "x".repeat(5000));

            ByteBuffer bytes = read(file);
            int remedies = HEADER_BYTES + METADATA_BYTES + VALUES_BYTES;
            assertThat(text(bytes, remedies)).isEqualTo("x".repeat(REMEDY_BYTES - Integer.BYTES));
            assertThat(text(bytes, remedies + REMEDY_BYTES)).isEqualTo("no");
        }
    }

    @Test
    void saysWhoseItIs() throws IOException {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            file.mode("native XDP, copy mode, 2 queues");
            ByteBuffer bytes = read(file);
            assertThat(bytes.getLong(MAGIC_OFFSET)).isEqualTo(MAGIC);
            assertThat(bytes.getInt(VERSION_OFFSET)).isEqualTo(VERSION);
            assertThat(bytes.getInt(STATE_OFFSET)).isEqualTo(STATE_RUNNING);
            assertThat(bytes.getInt(CORE_OFFSET)).isEqualTo(1);
            assertThat(bytes.getLong(PID_OFFSET))
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(bytes.getLong(PROCESS_START_OFFSET)).isEqualTo(ProcessStamp.own());
            assertThat(bytes.getLong(STARTED_OFFSET))
                    .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
            assertThat(bytes.getLong(NETWORK_NAMESPACE_OFFSET)).isEqualTo(CountersFile.networkNamespace());
            assertThat(text(bytes, NAME_OFFSET)).isEqualTo("echo");
            assertThat(text(bytes, DEVICE_OFFSET)).isEqualTo("afxdp:vb");
            assertThat(text(bytes, ADDRESS_OFFSET)).isEqualTo("198.18.0.2/24");
            assertThat(text(bytes, MODE_OFFSET)).isEqualTo("native XDP, copy mode, 2 queues");
            assertThat(text(bytes, COMMAND_LINE_OFFSET)).isNotEmpty();
        }
    }

    @Test
    void beginsWithTheProjectsNameSoThatAHexDumpTells() throws IOException {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            assertThat(new String(Files.readAllBytes(file.path()), 0, 8, StandardCharsets.US_ASCII))
                    .isEqualTo("PENSTOCK");
        }
    }

    @Test
    void givesTheSameCounterForTheSameName() {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            file.counter("rx.packets").add(3);
            file.counter("rx.packets").add(4);
            assertThat(file.counter("rx.packets").get()).isEqualTo(7);
        }
    }

    @Test
    void staysReadableAndMarkedWhenClosed() throws IOException {
        CountersFile file = CountersFile.create(directory, ECHO);
        Counter requests = file.counter("echo.requests");
        requests.set(5);
        file.close();
        file.close();
        requests.increment(); // a straggler harms nothing
        ByteBuffer bytes = read(file);
        assertThat(bytes.getInt(STATE_OFFSET)).isEqualTo(STATE_CLOSED);
        assertThat(bytes.getLong(CLOSED_OFFSET)).isGreaterThanOrEqualTo(bytes.getLong(STARTED_OFFSET));
        assertThat(bytes.getLong(HEADER_BYTES + METADATA_BYTES)).isEqualTo(6);
    }

    @Test
    void cutsTextsThatAreTooLong() throws IOException {
        ServerIdentity wordy = new ServerIdentity("echo", "sim:" + "x".repeat(1000), "198.18.0.2/24", -1);
        try (CountersFile file = CountersFile.create(directory, wordy)) {
            ByteBuffer bytes = read(file);
            assertThat(text(bytes, DEVICE_OFFSET))
                    .hasSize(textCapacity(DEVICE_OFFSET))
                    .startsWith("sim:xxx");
            assertThat(text(bytes, ADDRESS_OFFSET)).isEqualTo("198.18.0.2/24");
        }
    }

    @Test
    void removesWhatClosedAndKilledServersOfTheSameNameLeft() throws IOException {
        CountersFile first = CountersFile.create(directory, ECHO);
        first.close();
        // The same bytes under the names of processes that are gone: killed ones, still marked as running.
        byte[] killed = Files.readAllBytes(first.path());
        ByteBuffer header = ByteBuffer.wrap(killed).order(ByteOrder.nativeOrder());
        header.putInt(STATE_OFFSET, STATE_RUNNING).putLong(PROCESS_START_OFFSET, ProcessStamp.own() - 1);
        Path reusedPid = Files.write(directory.resolve("77-echo.counters"), killed);
        Path halfMade = Files.write(directory.resolve(".4194303999-echo.counters"), new byte[10]);
        Path anotherServers = Files.write(directory.resolve("77-kv.counters"), killed);
        Path somethingElse = Files.write(directory.resolve("notes.txt"), new byte[1]);

        try (CountersFile second = CountersFile.create(directory, ECHO)) {
            assertThat(reusedPid).doesNotExist();
            assertThat(halfMade).doesNotExist();
            assertThat(second.path()).isEqualTo(first.path()).exists();
            assertThat(anotherServers).exists();
            assertThat(somethingElse).exists();
            assertThat(read(second).getInt(STATE_OFFSET)).isEqualTo(STATE_RUNNING);
        }
    }

    @Test
    void leavesTheFileOfALiveServerAlone() throws Exception {
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            CountersFile first = CountersFile.create(directory, ECHO);
            first.close();
            byte[] alive = Files.readAllBytes(first.path());
            ByteBuffer.wrap(alive)
                    .order(ByteOrder.nativeOrder())
                    .putInt(STATE_OFFSET, STATE_RUNNING)
                    .putLong(PID_OFFSET, other.pid())
                    .putLong(PROCESS_START_OFFSET, ProcessStamp.of(other.pid()));
            Path others = Files.write(directory.resolve(other.pid() + "-echo.counters"), alive);
            CountersFile.create(directory, ECHO).close();
            assertThat(others).exists();
        } finally {
            other.destroyForcibly().waitFor();
        }
        CountersFile.create(directory, ECHO).close();
        assertThat(directory.resolve(other.pid() + "-echo.counters")).doesNotExist();
    }

    @Test
    void refusesASecondServerOfTheSameNameInOneProcess() {
        try (CountersFile first = CountersFile.create(directory, ECHO)) {
            assertThatThrownBy(() -> CountersFile.create(directory, ECHO))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("'echo' runs in this process already");
            assertThat(first.path()).exists();
        }
    }

    @Test
    void refusesADirectoryThatOthersCanWriteInto() throws IOException {
        Files.createDirectory(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> CountersFile.create(directory, ECHO))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("PENSTOCK_RUN_DIR");
    }

    @Test
    void refusesALinkInTheDirectorysPlace() throws IOException {
        Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
        Files.createSymbolicLink(directory, elsewhere);
        assertThatThrownBy(() -> CountersFile.create(directory, ECHO)).isInstanceOf(ConfigurationException.class);
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void isReadableByItsUserAlone() throws IOException {
        try (CountersFile file = CountersFile.create(directory, ECHO)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path())))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void refusesNamesThatWouldLeadElsewhere() {
        assertThatThrownBy(() -> new ServerIdentity("../x", "sim:a", "198.18.0.2/24", -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ByteBuffer read(CountersFile file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file.path())).order(ByteOrder.nativeOrder());
    }

    private static String text(ByteBuffer bytes, int offset) {
        byte[] text = new byte[bytes.getInt(offset)];
        bytes.get(offset + Integer.BYTES, text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
