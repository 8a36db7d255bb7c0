package io.penstock.control;

import static io.penstock.datapath.counters.CountersFileLayout.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.counters.CountersFile;
import io.penstock.datapath.counters.ServerIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a counters file holds, reading it gives a snapshot or one line, and never anything else. */
@Timeout(60)
class CountersSnapshotTest {
    @TempDir
    private Path parent;

    private CountersFile file;

    @BeforeEach
    void makeAFile() {
        file = CountersFile.create(parent.resolve("run"), new ServerIdentity("echo", "afxdp:vb", "198.18.0.2/24", 1));
        file.mode("native XDP, copy mode");
        file.counter("rx.packets").set(1234);
        file.counter("drops.checksum").set(5);
    }

    @AfterEach
    void closeIt() {
        file.close();
    }

    @Test
    void showsWhatTheServerSays() throws Exception {
        CountersSnapshot snapshot = CountersSnapshot.read(file.path());
        assertThat(snapshot.name()).isEqualTo("echo");
        assertThat(snapshot.device()).isEqualTo("afxdp:vb");
        assertThat(snapshot.address()).isEqualTo("198.18.0.2/24");
        assertThat(snapshot.mode()).isEqualTo("native XDP, copy mode");
        assertThat(snapshot.core()).isEqualTo(1);
        assertThat(snapshot.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(snapshot.state()).isEqualTo(ServerState.RUNNING);
        assertThat(snapshot.counters()).containsOnlyKeys("drops.checksum", "rx.packets");
        assertThat(snapshot.counter("rx.packets")).isEqualTo(1234);
        assertThat(snapshot.counter("no.such")).isZero();
    }

    @Test
    void showsWhyACounterRises() throws Exception {
        file.remedy("drops.checksum", "switch it \u001b[31moff");
        assertThat(CountersSnapshot.read(file.path()).remedies())
                .as("without what a terminal would obey")
                .isEqualTo(java.util.Map.of("drops.checksum", "switch it ?[31moff"));
    }

    @Test
    void takesNonsenseInPlaceOfRemediesForNone() throws Exception {
        file.remedy("rx.packets", "first");
        file.remedy("drops.checksum", "second");
        int remedies = HEADER_BYTES + METADATA_BYTES + VALUES_BYTES;
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, REMEDIES_BYTES + 1}) {
            assertRefused(write(bytes().putInt(REMEDIES_LENGTH_OFFSET, length)), "is corrupt");
        }
        Path none = write(bytes().putInt(REMEDIES_LENGTH_OFFSET, 0));
        assertThat(CountersSnapshot.read(none).remedies()).isEmpty();
        for (int length : new int[] {-1, 0, 381, Integer.MAX_VALUE}) {
            Path copy = write(bytes().putInt(remedies, length));
            assertThat(CountersSnapshot.read(copy).remedies()).containsOnlyKeys("drops.checksum");
        }
        Path halfOfOne = write(bytes().putInt(REMEDIES_LENGTH_OFFSET, REMEDY_BYTES + 100));
        assertThat(CountersSnapshot.read(halfOfOne).remedies()).containsOnlyKeys("rx.packets");
    }

    @Test
    void doesNotChangeWhenTheServerCountsOn() throws Exception {
        CountersSnapshot snapshot = CountersSnapshot.read(file.path());
        file.counter("rx.packets").set(9999);
        assertThat(snapshot.counter("rx.packets")).isEqualTo(1234);
    }

    @Test
    void tellsAClosedServer() throws Exception {
        file.close();
        CountersSnapshot snapshot = CountersSnapshot.read(file.path());
        assertThat(snapshot.state()).isEqualTo(ServerState.CLOSED);
        assertThat(snapshot.closedMillis()).isGreaterThanOrEqualTo(snapshot.startedMillis());
        assertThat(snapshot.counter("rx.packets")).isEqualTo(1234);
    }

    @Test
    void tellsAServerThatDiedAndWhosePidIsUsedAgain() throws Exception {
        long otherStart = bytes().getLong(PROCESS_START_OFFSET) + 1;
        Path copy = write(bytes().putLong(PROCESS_START_OFFSET, otherStart));
        assertThat(CountersSnapshot.read(copy).state()).isEqualTo(ServerState.DIED);
        assertThat(CountersSnapshot.read(copy).counter("rx.packets")).isEqualTo(1234);
    }

    @Test
    void refusesWhatIsNoCountersFileInOneLine() throws Exception {
        assertRefused(write(ByteBuffer.allocate(0)), "is cut short: 0 bytes");
        assertRefused(write(ByteBuffer.allocate(100)), "is cut short: 100 bytes");
        assertRefused(write(ByteBuffer.allocate(FILE_BYTES)), "is not a counters file");
        assertRefused(write(bytes().putInt(VERSION_OFFSET, 7)), "has version 7");
        assertRefused(write(bytes().putInt(STATE_OFFSET, 0)), "is corrupt: state 0");
        assertRefused(write(bytes().putInt(METADATA_LENGTH_OFFSET, Integer.MAX_VALUE)), "is corrupt");
        assertRefused(write(bytes().putInt(VALUES_LENGTH_OFFSET, -128)), "is corrupt");
        assertRefused(write(bytes().putInt(NAME_OFFSET, 1 << 30)), "text of 1073741824 bytes");
        assertRefused(
                write(bytes().putInt(HEADER_BYTES + CountersReader.LABEL_OFFSET, 5000)),
                "a counter's name of 5000 bytes");
        assertRefused(parent.resolve("missing"), "cannot be opened: ENOENT");
        assertRefused(parent, "cannot be read: errno 21"); // a directory: EISDIR
    }

    @Test
    void refusesAFileThatWasCutShortUnderItsHeadersFeet() throws Exception {
        byte[] whole = bytes().array().clone();
        assertRefused(
                write(ByteBuffer.wrap(java.util.Arrays.copyOf(whole, FILE_BYTES - 1))),
                "bytes in a file of " + (FILE_BYTES - 1));
    }

    @Test
    void refusesAnEndlessFile() throws Exception {
        assertRefused(Path.of("/dev/zero"), "is longer than any counters file");
    }

    @Test
    void followsNoLinks() throws Exception {
        assertRefused(
                Files.createSymbolicLink(parent.resolve("link"), file.path()), "cannot be opened: errno 40"); // ELOOP
    }

    @Test
    void doesNotWaitForTheOtherEndOfAPipe() throws Exception {
        Path pipe = parent.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor(10, TimeUnit.SECONDS))
                .isTrue();
        assertRefused(pipe, "is cut short: 0 bytes");
    }

    @Test
    void hidesWhatATerminalWouldObey() throws Exception {
        byte[] evil = "\u001b[2Jx\r\n\u202e".getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = bytes().putInt(NAME_OFFSET, evil.length).put(NAME_OFFSET + Integer.BYTES, evil);
        assertThat(CountersSnapshot.read(write(bytes)).name()).isEqualTo("?[2Jx???");
    }

    @Test
    void survivesRandomDamage() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            ByteBuffer damaged = bytes();
            int damages = 1 + random.nextInt(20);
            for (int i = 0; i < damages; i++) {
                // Most of it where the structure is: in the header and the first records.
                int at = random.nextInt(random.nextInt(4) == 0 ? FILE_BYTES - 4 : HEADER_BYTES + 1200);
                if (random.nextBoolean()) {
                    damaged.put(at, (byte) random.nextInt());
                } else {
                    damaged.putInt(at, random.nextInt(3) - 1);
                }
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(FILE_BYTES) : FILE_BYTES;
            Path path = write(damaged.limit(length));
            try {
                CountersSnapshot snapshot = CountersSnapshot.read(path);
                assertThat(snapshot.name() + snapshot.device() + snapshot.address() + snapshot.commandLine())
                        .doesNotContain("\u001b", "\n");
                assertThat(snapshot.core()).isGreaterThanOrEqualTo(-1);
                assertThat(snapshot.state()).isNotNull();
            } catch (InvalidCountersException e) {
                assertThat(e.getMessage().lines()).as("seed " + seed).hasSize(1);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
    }

    private static void assertRefused(Path path, String why) {
        assertThatThrownBy(() -> CountersSnapshot.read(path))
                .isInstanceOf(InvalidCountersException.class)
                .hasMessageStartingWith(path.toString())
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n");
    }

    private ByteBuffer bytes() throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file.path())).order(ByteOrder.nativeOrder());
    }

    private Path write(ByteBuffer bytes) throws IOException {
        byte[] content = new byte[bytes.remaining()];
        bytes.get(bytes.position(), content);
        return Files.write(parent.resolve("copy.counters"), content);
    }
}
