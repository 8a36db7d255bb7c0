package io.penstock.libos.tcp.neighbour;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.datapath.wire.MacAddress;
import io.penstock.libos.tcp.link.TxQueue;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.device.ScriptedDevice;
import io.penstock.testkit.packet.Packets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The cache with a resolution that is none of ARP's: 128-bit addresses, and another type of frames. */
class NeighboursTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int TYPE_IPV6 = 0x86dd;
    private static final long HIGH = 0x2001_0db8_0000_0000L;
    private static final long MAC = 0x0200_0000_0009L;
    private static final long SECOND = 1_000_000_000L;
    private static final int HEADER_BYTES = 14;

    private final List<String> asked = new ArrayList<>();
    private final List<Long> unanswered = new ArrayList<>();
    private int announced;
    private final Counters counters = Counters.inMemory();
    private final Region region = Region.mapSmall(256 * 2048);
    private final FramePool pool = FramePool.over("neighbours", region, 2048, FramePool.DEFAULT_HEADROOM_BYTES);
    private final ScriptedDevice device = new ScriptedDevice(
            new DeviceSetup(pool, ACCESS, new VirtualClock(), DeviceSetup.Steering.everything(), Remedies.inMemory()));
    private final TxQueue tx = new TxQueue(device, counters);
    private final Neighbours neighbours = new Neighbours(
            new AddressResolution() {
                @Override
                public String name() {
                    return "ndp";
                }

                @Override
                public int etherType() {
                    return TYPE_IPV6;
                }

                @Override
                public void ask(long high, long low, long targetMac) {
                    asked.add(Long.toHexString(high) + " " + low + " " + MacAddress.toString(targetMac));
                }

                @Override
                public void announce() {
                    announced++;
                }

                @Override
                public void unanswered(long high, long low) {
                    unanswered.add(low);
                }
            },
            tx,
            ScriptedDevice.MAC,
            16,
            64,
            new Remedies(counters));

    @AfterEach
    void everyFrameIsHome() {
        neighbours.close();
        device.close();
        assertThat(pool.framesInUse()).as(pool.leakReport()).isZero();
        pool.close();
        region.close();
    }

    @Test
    void announcesOnceWhenTheMomentHasCome() {
        neighbours.announceAt(SECOND);
        assertThat(neighbours.nextDeadlineNanos()).isEqualTo(SECOND);
        assertThat(neighbours.fireTimers(SECOND - 1)).isZero();
        assertThat(announced).isZero();
        assertThat(neighbours.fireTimers(SECOND)).isEqualTo(1);
        assertThat(neighbours.fireTimers(3 * SECOND)).isZero();
        assertThat(announced).isEqualTo(1);
        assertThat(neighbours.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    private void keep(Neighbour n, long nowNanos) {
        Buffer frame = pool.allocate();
        ACCESS.hold(frame);
        neighbours.keep(n, nowNanos).add(frame, frame.offset(), HEADER_BYTES + 40);
        frame.release();
    }

    @Test
    void asksForAnAddressOf128BitsAndSendsWhatWaited() {
        Neighbour n = neighbours.forSending(HIGH, 7, 0);
        assertThat(n.isUsable()).isFalse();
        keep(n, 0);
        assertThat(asked).containsExactly("20010db800000000 7 " + MacAddress.toString(MacAddress.BROADCAST));
        neighbours.learn(HIGH, 7, MAC, true, false, 1);
        assertThat(n.isUsable()).isTrue();
        assertThat(n.mac()).isEqualTo(MAC);
        tx.flush();
        byte[] packet = device.takeOne();
        assertThat(Packets.u16(packet, 12)).isEqualTo(TYPE_IPV6);
        assertThat(counters.counter("ndp.entries").get()).isEqualTo(1);
    }

    @Test
    void addressesThatDifferInOneHalfOnlyAreTwo() {
        Neighbour one = neighbours.forSending(HIGH, 7, 0);
        Neighbour other = neighbours.forSending(HIGH + 1, 7, 0);
        assertThat(other).isNotSameAs(one);
        neighbours.learn(HIGH + 1, 7, MAC, true, false, 1);
        assertThat(other.isUsable()).isTrue();
        assertThat(one.isUsable()).isFalse();
        assertThat(neighbours.forSending(HIGH, 7, 1)).isSameAs(one);
    }

    @Test
    void saysWhichAddressNobodyAnswersFor() {
        keep(neighbours.forSending(HIGH, 9, 0), 0);
        for (long now = 0; now <= 4 * SECOND; now += SECOND) {
            neighbours.fireTimers(now);
        }
        assertThat(asked).hasSize(3);
        assertThat(unanswered).containsExactly(9L);
        assertThat(pool.framesInUse()).isZero();
    }

    @Test
    void theTableFindsWhatIsInItWhateverCameAndWent() {
        NeighbourTable table = new NeighbourTable(100);
        Map<List<Long>, Neighbour> expected = new HashMap<>();
        Random random = new Random(42);
        for (int i = 0; i < 20_000; i++) {
            long high = random.nextInt(4);
            long low = random.nextInt(40);
            List<Long> key = List.of(high, low);
            Neighbour there = table.find(high, low);
            assertThat(there).isSameAs(expected.get(key));
            if (there != null) {
                table.remove(there);
                expected.remove(key);
            } else if (expected.size() < 100) {
                Neighbour added = new Neighbour();
                added.high = high;
                added.low = low;
                table.add(added);
                expected.put(key, added);
            }
        }
        expected.values().forEach(n -> assertThat(table.find(n.high, n.low)).isSameAs(n));
    }
}
