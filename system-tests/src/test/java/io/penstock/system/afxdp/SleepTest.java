package io.penstock.system.afxdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.poll.BlockingIdle;
import io.penstock.testkit.net.VethWire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A loop that sleeps in the kernel is woken by a packet, on whatever queue. */
@Timeout(120)
class SleepTest {
    private static final int FLOWS = 16;
    /** The longest sleep is a second: what took longer was not woken. */
    private static final long SOON_NANOS = 900_000_000;

    @ParameterizedTest
    @CsvSource({"1,afxdp:vb", "2,afxdp:vb", "1,'afxdp:vb,mode=generic'"})
    void isWokenByEachPacket(int queues, String device) throws InterruptedException {
        try (VethWire wire = Wires.keepTagsInPackets(VethWire.create(queues));
                Station station = Station.open(wire.penstockServer(), device)) {
            for (int i = 0; i < FLOWS; i++) {
                try (UdpPeer peer = UdpPeer.in(wire.client())) {
                    assertThat(peer.echoes(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64], 30))
                            .isTrue();
                    CountDownLatch asleep = new CountDownLatch(1);
                    Thread sender = new Thread(() -> {
                        try {
                            asleep.await();
                        } catch (InterruptedException _) {
                            return;
                        }
                        peer.send(VethWire.PENSTOCK_ADDRESS, Wires.ECHO_PORT, new byte[64]);
                    });
                    sender.start();
                    long slept = station.onLoop(() -> station.sleepUntilEchoed(asleep::countDown));
                    sender.join();
                    assertThat(slept).as("flow " + i).isLessThan(SOON_NANOS);
                }
            }
        }
    }

    /** Who stood in one would be called by the kernel for each packet, also of a loop that spins: 0.2 us each. */
    @Test
    void noEpollHoldsADescriptorOfTheDevice() throws IOException {
        try (VethWire wire = VethWire.create(1);
                Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            int[] waited =
                    station.onLoop(() -> IntStream.range(0, station.waitFds().count())
                            .map(station.waitFds()::fd)
                            .toArray());
            assertThat(waited).isNotEmpty();
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
                for (Path info : descriptors.toList()) {
                    assertThat(epollTargets(info)).as("%s", info).doesNotContainAnyElementsOf(boxed(waited));
                }
            }
        }
    }

    private static List<Integer> boxed(int[] numbers) {
        return IntStream.of(numbers).boxed().toList();
    }

    /** The descriptors that an epoll waits for; none if this is no epoll, or was closed meanwhile. */
    private static List<Integer> epollTargets(Path fdInfo) throws IOException {
        try {
            return Files.readAllLines(fdInfo).stream()
                    .filter(line -> line.startsWith("tfd:"))
                    .map(line -> Integer.parseInt(line.strip().split("\\s+", 3)[1]))
                    .toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    @Test
    void usesNoProcessorTimeWhileNothingHappens() {
        try (VethWire wire = VethWire.create(1);
                Station station = Station.open(wire.penstockServer(), "afxdp:vb")) {
            long[] spent = station.onLoop(() -> {
                try (BlockingIdle idle = new BlockingIdle(station.waitFds(), 0)) {
                    long cpu = Station.cpuNanos();
                    long start = System.nanoTime();
                    long end = start + 500_000_000;
                    for (long now = start; now < end; now = System.nanoTime()) {
                        boolean _ = idle.idle(now, end);
                    }
                    return new long[] {Station.cpuNanos() - cpu, System.nanoTime() - start};
                }
            });
            assertThat(spent[1]).isGreaterThanOrEqualTo(500_000_000);
            assertThat(spent[0]).as("processor time of " + spent[1] + " ns").isLessThan(spent[1] / 4);
        }
    }
}
