package io.penstock.datapath.device.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.WireEnd;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimWireTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int PACKETS = 20_000;

    private final VirtualClock clock = new VirtualClock();
    private SimWire wire;
    private WireEnd a;
    private WireEnd b;

    private void open(Conditions conditions) {
        wire = new SimWire("test", conditions, new Conditions());
        a = new WireEnd(clock, setup -> wire.open(SimWire.End.A, setup));
        b = new WireEnd(clock, setup -> wire.open(SimWire.End.B, setup));
    }

    @AfterEach
    void close() {
        if (a != null) {
            a.close();
            b.close();
        }
    }

    /** Sends numbered packets, a microsecond apart, and returns the numbers in the order in which they arrive. */
    private List<Integer> run(int packets) {
        List<Integer> arrived = new ArrayList<>();
        for (int i = 0; i < packets; i++) {
            assertThat(a.send(i)).isTrue();
            clock.advance(1000);
            drain(arrived);
        }
        while (wire.travelling() > 0) {
            clock.advanceTo(wire.nextArrivalNanos());
            drain(arrived);
        }
        return arrived;
    }

    private void drain(List<Integer> arrived) {
        for (int number = b.receive(); number >= 0; number = b.receive()) {
            arrived.add(number);
        }
    }

    private static List<Integer> numbers(int count) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    @Test
    void aPerfectWireDeliversAtOnceAndInOrder() {
        open(new Conditions());
        assertThat(run(PACKETS)).isEqualTo(numbers(PACKETS));
    }

    @Test
    void losesAboutAsManyAsItWasTold() {
        open(new Conditions().lossPercent(5).seed(11));
        List<Integer> arrived = run(PACKETS);
        assertThat(arrived).isSorted();
        assertThat(PACKETS - arrived.size()).isBetween(PACKETS * 4 / 100, PACKETS * 6 / 100);
        assertThat(wire.lost()).isEqualTo(PACKETS - arrived.size());
    }

    @Test
    void reordersWithoutLosing() {
        open(new Conditions().reorderPercent(5).seed(12));
        List<Integer> arrived = run(PACKETS);
        assertThat(arrived).isNotEqualTo(numbers(PACKETS)).containsExactlyInAnyOrderElementsOf(numbers(PACKETS));
        assertThat(wire.reordered()).isBetween(PACKETS * 4L / 100, PACKETS * 6L / 100);
    }

    @Test
    void duplicatesWithoutLosing() {
        open(new Conditions().duplicatePercent(1).seed(13));
        List<Integer> arrived = run(PACKETS);
        assertThat(arrived).hasSize(PACKETS + (int) wire.duplicated()).containsAll(numbers(PACKETS));
        assertThat(wire.duplicated()).isBetween(PACKETS / 200L, PACKETS / 50L);
    }

    @Test
    void damagesOneBitOfSomePackets() {
        open(new Conditions().corruptPercent(100).seed(14));
        int damaged = 0;
        for (int i = 0; i < 1000; i++) {
            a.send(0, 64);
            try {
                assertThat(b.receive()).isZero();
            } catch (AssertionError _) {
                damaged++;
                assertThat(b.pool.framesInUse()).isEqualTo(1);
                ACCESS.frame(b.pool, b.pool.capacityFrames() - b.pool.freeFrames() - 1)
                        .release();
            }
        }
        // One bit in 64 bytes, of which 50 are looked at.
        assertThat(damaged).isBetween(650, 900);
        assertThat(wire.corrupted()).isEqualTo(1000);
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        List<List<Integer>> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            open(new Conditions()
                    .lossPercent(7)
                    .reorderPercent(7)
                    .duplicatePercent(7)
                    .jitterNanos(3000)
                    .seed(99));
            runs.add(run(2000));
            close();
        }
        open(new Conditions()
                .lossPercent(7)
                .reorderPercent(7)
                .duplicatePercent(7)
                .jitterNanos(3000)
                .seed(100));
        assertThat(runs.get(0)).isEqualTo(runs.get(1)).isNotEqualTo(run(2000));
    }

    @Test
    void deliversNoEarlierThanTheDelay() {
        open(new Conditions().delayNanos(50_000));
        a.send(1);
        clock.advance(49_999);
        assertThat(b.receive()).isEqualTo(-1);
        clock.advance(1);
        assertThat(b.receive()).isEqualTo(1);
    }

    @Test
    void jitterKeepsTheOrder() {
        open(new Conditions().jitterNanos(50_000).seed(3));
        assertThat(run(5000)).isEqualTo(numbers(5000));
    }

    @Test
    void bitsTakeTheirTimeOntoTheWire() {
        open(new Conditions().bitsPerSecond(1_000_000_000));
        for (int i = 0; i < 10; i++) {
            a.send(i, 1250); // ten microseconds each
        }
        int arrived = 0;
        for (int i = 1; i <= 10; i++) {
            clock.advance(9_999);
            assertThat(b.receive()).isEqualTo(-1);
            clock.advance(1);
            assertThat(b.receive()).isEqualTo(arrived++);
        }
    }

    @Test
    void aFullWireTakesNoMoreAndLosesNothing() {
        open(new Conditions());
        int sent = 0;
        while (a.send(sent)) {
            sent++;
            assertThat(sent).isLessThan(100_000);
        }
        List<Integer> arrived = new ArrayList<>();
        drain(arrived);
        assertThat(arrived).isEqualTo(numbers(sent));
        assertThat(a.send(0)).isTrue();
    }

    @Test
    void aPulledCableLosesWhatTravels() {
        open(new Conditions().delayNanos(1000));
        a.send(1);
        wire.setUp(false);
        assertThat(a.device.events().isUp()).isFalse();
        assertThat(a.send(2)).isTrue();
        clock.advance(10_000);
        assertThat(b.receive()).isEqualTo(-1);
        assertThat(a.device.txDropped()).isEqualTo(1);
        wire.setUp(true);
        a.send(3);
        clock.advance(1000);
        assertThat(b.receive()).isEqualTo(3);
    }

    @Test
    void capturesWhatEndASendsAndReceivesForTshark(@TempDir Path directory) throws IOException {
        open(new Conditions());
        Path file = directory.resolve("wire.pcap");
        wire.captureTo(file);
        a.send(7, 60);
        b.receive();
        clock.advance(1_500_000_000);
        b.send(8, 100);
        a.receive();
        close();
        a = null;
        ByteBuffer pcap = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(pcap.getInt(0)).isEqualTo(0xa1b2_3c4d);
        assertThat(pcap.getInt(20)).isEqualTo(1);
        assertThat(pcap.getInt(24)).isEqualTo(1);
        assertThat(pcap.getInt(32)).isEqualTo(60);
        assertThat(pcap.getInt(24 + 16 + 60)).isEqualTo(2);
        assertThat(pcap.getInt(24 + 16 + 60 + 4)).isEqualTo(500_000_000);
        assertThat(pcap.getInt(24 + 16 + 60 + 12)).isEqualTo(100);
        assertThat(pcap.limit()).isEqualTo(24 + 16 + 60 + 16 + 100);
    }

    @Test
    void opensBothEndsByName() {
        DeviceSpec spec = Devices.parse("sim:named,loss=5,reorder=5,dup=1,corrupt=0,delay=50us,jitter=1ms,seed=7");
        a = new WireEnd(clock, setup -> Devices.open(spec, setup));
        b = new WireEnd(clock, setup -> Devices.open(Devices.parse("sim:named"), setup));
        assertThat(a.device.info().macAddress()).isNotEqualTo(b.device.info().macAddress());
        assertThatThrownBy(() -> Devices.open(spec, null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("both ends");
        for (int i = 0; i < 100; i++) {
            a.send(i);
        }
        clock.advance(2_000_000);
        int arrived = 0;
        while (b.discard()) {
            arrived++;
        }
        assertThat(arrived).isBetween(80, 110);
        close();
        a = new WireEnd(clock, setup -> Devices.open(spec, setup));
        b = new WireEnd(clock, setup -> Devices.open(spec, setup));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "loss=x",
                "loss=101",
                "reorder=-1",
                "delay=5",
                "delay=-5us",
                "rate=fast",
                "seed=1.5",
                "lost=5",
                "mtu=5",
                "mtu=x"
            })
    void refusesOptionsThatMakeNoSense(String option) {
        assertThatThrownBy(() -> Devices.open(Devices.parse("sim:x," + option), null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("sim:x");
    }
}
