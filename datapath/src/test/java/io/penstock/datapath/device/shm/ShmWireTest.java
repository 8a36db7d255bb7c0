package io.penstock.datapath.device.shm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.RunDirectory;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.WireEnd;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.linux.RawMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShmWireTest {
    private final VirtualClock clock = new VirtualClock();
    private final String name = "test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    private final Path file = RunDirectory.own().resolve(name + ".wire");
    private final List<WireEnd> ends = new ArrayList<>();

    private WireEnd open(String options) {
        WireEnd end = new WireEnd(clock, setup -> Devices.open(Devices.parse("shm:" + name + options), setup));
        ends.add(end);
        return end;
    }

    @AfterEach
    void theLastEndRemovesTheFile() {
        ends.forEach(WireEnd::close);
        assertThat(file).doesNotExist();
    }

    @Test
    void carriesPacketsOfAllLengthsBothWaysInOrder() {
        WireEnd a = open("");
        WireEnd b = open("");
        for (int i = 0; i < 10_000; i++) {
            int length = 18 + i % 1497;
            assertThat(a.send(i, length)).isTrue();
            assertThat(b.send(-1 - i & 0x7fff_ffff, length)).isTrue();
            assertThat(b.receive()).isEqualTo(i);
            assertThat(a.receive()).isEqualTo(-1 - i & 0x7fff_ffff);
        }
        assertThat(a.receive()).isEqualTo(-1);
    }

    @Test
    void aFullRingTakesNoMoreAndLosesNothing() {
        WireEnd a = open(",role=a");
        WireEnd b = open(",role=b");
        for (int round = 0; round < 3; round++) {
            int sent = 0;
            while (a.send(sent)) {
                sent++;
            }
            assertThat(sent).isEqualTo(ShmLayout.SLOTS);
            for (int i = 0; i < sent; i++) {
                assertThat(b.receive()).isEqualTo(i);
            }
            assertThat(b.receive()).isEqualTo(-1);
        }
    }

    @Test
    void withoutACableNothingIsKept() {
        WireEnd a = open("");
        assertThat(a.device.events().isUp()).isFalse();
        for (int i = 0; i < 5000; i++) {
            assertThat(a.send(i)).isTrue();
        }
        assertThat(a.device.txDropped()).isEqualTo(5000);
        WireEnd b = open("");
        a.turn();
        assertThat(a.device.events().isUp()).isTrue();
        assertThat(b.receive()).isEqualTo(-1);
        a.send(1);
        assertThat(b.receive()).isEqualTo(1);
    }

    @Test
    void anEndThatComesAgainGoesOn() {
        WireEnd a = open(",role=a");
        for (int round = 0; round < 5; round++) {
            WireEnd b = open(",role=b");
            for (int i = 0; i < 700; i++) {
                assertThat(a.send(i)).isTrue();
                assertThat(b.send(i)).isTrue();
                assertThat(b.receive()).isEqualTo(i);
                assertThat(a.receive()).isEqualTo(i);
            }
            a.send(12345); // for the end that goes now, not for the next one
            ends.remove(b);
            b.close();
        }
    }

    @Test
    void refusesAnEndThatIsTaken() {
        WireEnd a = open(",role=a");
        assertThatThrownBy(() -> open(",role=a"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("end a of 'shm:" + name)
                .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
        open("");
        assertThatThrownBy(() -> open(""))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("both ends of");
        assertThat(a.device.info().name()).isEqualTo("shm:" + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shm:../x", "shm:a b", "shm:x,role=c", "shm:x,mtu=9000", "shm:x,mtu=x", "shm:x,color=red"})
    void refusesNamesAndOptionsThatMakeNoSense(String spec) {
        assertThatThrownBy(() -> Devices.open(Devices.parse(spec), null))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .contains("shm:")
                .containsAnyOf("expected", "known are");
    }

    @Test
    void takesOverAFileThatDeadProcessesLeftBehind() throws IOException {
        for (int length : new int[] {0, 10, ShmLayout.FILE_BYTES, ShmLayout.FILE_BYTES + 5}) {
            RunDirectory.prepare(RunDirectory.own());
            byte[] garbage = new byte[length];
            new Random(length).nextBytes(garbage);
            Files.write(file, garbage);
            WireEnd a = open("");
            WireEnd b = open("");
            a.send(length);
            assertThat(b.receive()).isEqualTo(length);
            ends.forEach(WireEnd::close);
            ends.clear();
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void toleratesWhateverTheOtherEndWrites() {
        WireEnd a = open(",role=a");
        long seed = 0x5eed;
        Random random = new Random(seed);
        try (ShmFile rogue = ShmFile.attach(name, 1)) {
            rogue.announce();
            long toA = ShmLayout.ringFrom(rogue.address(), 1);
            long fromA = ShmLayout.ringFrom(rogue.address(), 0);
            for (int i = 0; i < 20_000; i++) {
                for (int j = 0; j < 8; j++) {
                    RawMemory.putInt(ShmLayout.slot(toA, random.nextInt(ShmLayout.SLOTS)), random.nextInt());
                }
                long index = random.nextBoolean() ? random.nextInt(5000) : random.nextLong();
                RawMemory.putLongRelease(toA + ShmLayout.HEAD_OFFSET, index);
                RawMemory.putLongRelease(fromA + ShmLayout.TAIL_OFFSET, random.nextLong());
                a.discard();
                boolean _ = a.send(i);
            }
            assertThat(a.pool.framesInUse()).as("seed %d", seed).isZero();
        }
        assertThat(((ShmQueue) a.device).nonsense()).isPositive();
        WireEnd b = open(",role=b");
        while (a.discard()) {}
        assertThat(a.send(1)).isTrue();
        assertThat(b.receive()).as("a sane end makes the wire work again").isEqualTo(1);
        assertThat(b.send(2)).isTrue();
        assertThat(a.receive()).isEqualTo(2);
    }

    @Test
    @Timeout(60)
    void crossesProcessesAndSurvivesTheDeathOfOne() throws IOException, InterruptedException {
        WireEnd a = open(",role=a");
        for (int round = 0; round < 2; round++) {
            Process other = startEcho();
            try {
                exchange(a, round);
            } finally {
                other.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
            // Nobody said good-bye. The ring fills, then the kernel tells who is not there any more.
            for (int i = 0; i < 3 * ShmLayout.SLOTS && a.device.events().isUp(); i++) {
                clock.advance(1_000_000);
                boolean _ = a.send(i);
            }
            assertThat(a.device.events().isUp()).isFalse();
            while (a.discard()) {}
        }
        WireEnd b = open(",role=b");
        a.send(5);
        assertThat(b.receive()).isEqualTo(5);
    }

    private static void exchange(WireEnd a, int round) {
        long deadline = System.nanoTime() + 30_000_000_000L;
        for (int i = 0; i < 200; i++) {
            int number = round * 200 + i;
            boolean sent = false;
            int back = -1;
            while (back != number) {
                assertThat(System.nanoTime()).as("an answer to %d", number).isLessThan(deadline);
                // Until the other end is attached, packets go nowhere.
                a.turn();
                sent = (sent && a.device.events().isUp()) || (a.device.events().isUp() && a.send(number));
                back = a.receive();
                LockSupport.parkNanos(1000);
            }
        }
    }

    private Process startEcho() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EchoProcess.class.getName(),
                        name)
                .inheritIO()
                .start();
    }

    /** The other process: sends everything back. */
    static final class EchoProcess {
        private EchoProcess() {}

        public static void main(String[] args) {
            WireEnd b = new WireEnd(
                    new VirtualClock(), setup -> Devices.open(Devices.parse("shm:" + args[0] + ",role=b"), setup));
            long end = System.nanoTime() + 60_000_000_000L;
            while (System.nanoTime() < end) {
                int number = b.receive();
                if (number >= 0) {
                    boolean _ = b.send(number);
                }
                LockSupport.parkNanos(1000); // other processes may need the core
            }
            b.close();
        }
    }
}
