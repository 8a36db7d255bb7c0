package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.testkit.device.ScriptedDevice;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * All counters of loss and refusal beside those of received packets ({@code DropRemediesTest}): a new one must be put on one
 * of the two lists, since an operator can do something about it or cannot.
 */
class RefusalCountersTest {
    /** By these words a counter tells that something was not done. */
    private static final Pattern NOT_DONE = Pattern.compile(
            ".*(refused|dropped|overflow|evicted|failed|displaced|full|ended|conflicts|ignored|suppressed|no-listener"
                    + "|try-again|timed-out|rejected|doubted|bad|malformed|blocked|pauses).*");

    private static final Set<String> MENDABLE = Set.of(
            "api.refused.connections",
            "api.refused.operations",
            "api.refused.queues",
            "arp.conflicts",
            "arp.failed.gateway",
            "arp.pending.displaced",
            "heap.refused",
            "loop.pauses.preempted",
            "loop.pauses.throttled",
            "pool.refused",
            "rx.dropped.checksum-partial",
            "tcp.connections.ended.slow",
            "tcp.connections.ended.vanished",
            "tcp.half-open.evicted",
            "tcp.listen.overflow.backlog",
            "tcp.rx.dropped.memory.frames-few",
            "tcp.rx.no-listener",
            "tx.dropped.no-route");

    /** Back-pressure, what peers do, what another counter tells by its cause, and what nobody has to do anything about. */
    private static final Set<String> NOT_MENDABLE = Set.of(
            "api.refused.pushes", // back-pressure
            "arp.claims.doubted", // a peer's, and arp.conflicts if it is about our address
            "arp.claims.rejected",
            "arp.entries.displaced", // gives up by age
            "arp.failed", // a host that is off
            "icmp.errors.suppressed", // a limit on what strangers can have us send
            "icmp.too-large.ignored",
            "loop.pauses.own", // the application's
            "rx.dropped.device", // the sum of causes that the device counts
            "tcp.connections.timed-out", // a peer that is off
            "tcp.listen.overflow", // the sum
            "tcp.rx.bad-checksum",
            "tcp.rx.dropped.memory", // the sum
            "tcp.rx.malformed",
            "tcp.rx.out-of-order.evicted", // comes again, and tcp.rx.dropped.memory if frames are few
            "tcp.time-wait.overflow", // the oldest goes before its time
            "tcp.tx.blocked", // back-pressure
            "tx.device-full", // back-pressure
            "tx.dropped.device", // the device's
            "udp.sent.try-again"); // back-pressure, and arp.pending.displaced

    @Test
    void eachIsMendableOrNot() {
        Set<String> names = new TreeSet<>();
        Counters inner = Counters.inMemory();
        Counters noting = new Counters() {
            @Override
            public Counter counter(String name, CounterType type) {
                names.add(name);
                return inner.counter(name, type);
            }
        };
        Remedies[] remedies = new Remedies[1];
        Stack.open(StackConfig.builder()
                        .device(setup -> {
                            remedies[0] = setup.remedies();
                            return new ScriptedDevice(setup, 1500, Capabilities.none());
                        })
                        .address("198.18.0.1/24")
                        .probeAddress(false)
                        .clock(new SystemClock()) // in virtual time nobody watches the core
                        .counters(noting)
                        .build())
                .close();
        names.removeIf(name -> !NOT_DONE.matcher(name).matches()
                || (name.startsWith("rx.dropped.") && !name.matches(".*(device|checksum-partial)")));
        Set<String> withLine = new TreeSet<>(remedies[0].counterNames());
        withLine.retainAll(names);
        names.removeAll(withLine);

        assertThat(withLine).containsExactlyInAnyOrderElementsOf(MENDABLE);
        assertThat(names).containsExactlyInAnyOrderElementsOf(NOT_MENDABLE);
    }
}
