package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.congestion.NewReno;
import io.penstock.libos.tcp.ip.FlowKey;
import io.penstock.libos.tcp.ip.Secret;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tables against models that are too simple to be wrong, from seeds. */
class TablesTest {
    /** Any one that could be drawn. */
    private static final Secret KEY = new Secret(0x243f_6a88_85a3_08d3L, 0x1319_8a2e_0370_7344L);

    private final FlowKey.Hash hash = new FlowKey.Hash(new Secret(1, 2));

    private TcpConnection connection(int n) {
        TcpConnection c = new TcpConnection(new NewReno());
        c.localLow = 1;
        c.remoteLow = n / 7;
        c.ports = FlowKey.ports(7, n);
        hash.set(c);
        return c;
    }

    private static TcpConnection find(ConnectionTable table, TcpConnection like) {
        return table.find(like);
    }

    private static int hash(
            FlowKey.Hash hash, long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
        FlowKey flow = new FlowKey().local(localHigh, localLow).remote(remoteHigh, remoteLow);
        flow.ports = ports;
        hash.set(flow);
        return flow.hash;
    }

    /** To end n of them one after another looks at each place about once, not n times. */
    @Test
    void anyGoesOnWhereItWas() {
        ConnectionTable table = new ConnectionTable(64);
        for (int round = 0; round < 10; round++) {
            Set<TcpConnection> in = new HashSet<>();
            for (int i = 0; i < 64; i++) {
                TcpConnection c = connection(1_000 * round + i);
                table.add(c);
                in.add(c);
            }
            int looked = 0;
            int from = table.anyFrom();
            for (TcpConnection c = table.any(); c != null; c = table.any()) {
                looked += table.anyFrom() - from & table.slots() - 1;
                from = table.anyFrom();
                table.remove(c);
                assertThat(in.remove(c)).isTrue();
            }
            assertThat(in).isEmpty();
            assertThat(looked).isLessThanOrEqualTo(2 * table.slots());
        }
    }

    @Test
    void connectionTableFindsWhatWasAddedAndNotRemoved() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            ConnectionTable table = new ConnectionTable(64);
            TcpConnection[] all = new TcpConnection[200];
            boolean[] in = new boolean[200];
            for (int i = 0; i < all.length; i++) {
                all[i] = connection(i);
                if (random.nextBoolean()) {
                    all[i].hash = random.nextInt(8); // many homes in one place
                }
            }
            int size = 0;
            for (int step = 0; step < 5_000; step++) {
                int i = random.nextInt(all.length);
                if (in[i]) {
                    table.remove(all[i]);
                    in[i] = false;
                    size--;
                } else if (size < 64) {
                    table.add(all[i]);
                    in[i] = true;
                    size++;
                }
                int j = random.nextInt(all.length);
                assertThat(find(table, all[j])).as("seed %d", seed).isSameAs(in[j] ? all[j] : null);
                assertThat(table.size()).isEqualTo(size);
            }
            for (TcpConnection c = table.any(); c != null; c = table.any()) {
                table.remove(c);
                size--;
            }
            assertThat(size).isZero();
        }
    }

    @Test
    void timeWaitTableForgetsInOrderAndFindsTheRest() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            TimeWaitTable table = new TimeWaitTable(50);
            Map<Integer, Long> expiries = new HashMap<>();
            long now = 0;
            for (int step = 0; step < 3_000; step++) {
                now += random.nextInt(5);
                int n = random.nextInt(120);
                TcpConnection c = connection(n);
                c.send.nxt = n;
                c.receive.nxt = -n;
                int entry = table.find(c);
                assertThat(entry != TimeWaitTable.NONE).as("seed %d", seed).isEqualTo(expiries.containsKey(n));
                if (entry == TimeWaitTable.NONE) {
                    if (table.add(c, now + 100)) {
                        int oldest = expiries.entrySet().stream()
                                .min(Map.Entry.comparingByValue())
                                .orElseThrow()
                                .getKey();
                        expiries.remove(oldest);
                    }
                    expiries.put(n, now + 100);
                    now++; // moments differ, so that the oldest is one
                } else {
                    assertThat(table.sndNxt(entry)).isEqualTo(n);
                    assertThat(table.rcvNxt(entry)).isEqualTo(-n);
                    if (random.nextBoolean()) {
                        table.restart(entry, now + 100);
                        expiries.put(n, now + 100);
                        now++;
                    } else {
                        table.remove(entry);
                        expiries.remove(n);
                    }
                }
                long moment = now;
                table.expire(moment);
                expiries.values().removeIf(e -> e <= moment);
                assertThat(table.size()).as("seed %d", seed).isEqualTo(expiries.size());
                assertThat(table.nextExpiryNanos())
                        .isEqualTo(expiries.values().stream().min(Long::compare).orElse(Long.MAX_VALUE));
            }
        }
    }

    @Test
    void hashesOfNeighbouringTuplesSpread() {
        int[] buckets = new int[1024];
        for (int i = 0; i < 10_240; i++) {
            buckets[hash(hash, 0, 1, 0, 0xffff_c612_0009L, FlowKey.ports(7, 1024 + i)) & 1023]++;
        }
        int most = 0;
        for (int n : buckets) {
            most = Math.max(most, n);
        }
        assertThat(most).isLessThan(35); // ten on average
    }

    @Test
    void noTwoPortsOfAPeerHaveOneHash() {
        FlowKey.Hash keyed = new FlowKey.Hash(KEY);
        Set<Integer> hashes = new HashSet<>();
        for (int port = 1; port < 65_536; port++) {
            hashes.add(hash(keyed, 0, 1, 0, 0xffff_c612_0009L, FlowKey.ports(7, port)));
        }
        assertThat(hashes.size())
                .as("half a collision is expected of random numbers")
                .isGreaterThan(65_530);
    }

    @Test
    void noTwoAddressesThatDifferInOneBitHaveOneHash() {
        FlowKey.Hash keyed = new FlowKey.Hash(KEY);
        Set<Integer> hashes = new HashSet<>();
        for (int bit = 0; bit < 64; bit++) {
            long one = 1L << bit;
            hashes.add(hash(keyed, one, 5, 6, 7, 8));
            hashes.add(hash(keyed, 4, one ^ 5, 6, 7, 8));
            hashes.add(hash(keyed, 4, 5, one ^ 6, 7, 8));
            hashes.add(hash(keyed, 4, 5, 6, one ^ 7, 8));
        }
        assertThat(hashes.size()).isEqualTo(4 * 64);
    }
}
