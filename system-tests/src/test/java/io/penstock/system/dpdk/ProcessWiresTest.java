package io.penstock.system.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.device.dpdk.DpdkEnd;
import io.penstock.datapath.device.dpdk.DpdkEnvironment;
import io.penstock.testkit.process.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Wires between two processes, past the kernel: memif, and vhost with virtio-user. */
@ExtendWith(DpdkEnvironment.class)
@Timeout(120)
class ProcessWiresTest {
    private static final int BATCH = 32;

    @TempDir
    private Path folder;

    /** DPDK 22.11's memif keeps the socket that it listens at when its server is closed. */
    private static void tolerateListeners(String ours, int count) {
        if (ours.contains("role=server")) {
            DpdkEnvironment.tolerateDescriptors(count);
        }
    }

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private String device(String pattern) {
        return pattern.replace("SOCKET", folder.resolve("socket").toString());
    }

    /** The two ends of a wire. */
    private record Ends(Child mirror, DpdkEnd ours) implements AutoCloseable {
        @Override
        public void close() {
            mirror.close();
            ours.close();
        }
    }

    /** Opens the end that listens first: neither driver asks again. */
    private Ends open(String theirs, String ours) {
        if (ours.contains("role=server") || ours.contains("net_vhost")) {
            DpdkEnd end = DpdkEnd.open(device(ours));
            return new Ends(MirrorProcess.startAndAwait(device(theirs)), end);
        }
        Child mirror = MirrorProcess.startAndAwait(device(theirs));
        return new Ends(mirror, DpdkEnd.open(device(ours)));
    }

    /** Sends packets, which must all come back in their order. */
    private void exchange(DpdkEnd end, int rounds) {
        for (int round = 0; round < rounds; round++) {
            List<byte[]> sent = DpdkEnd.packets(random, 1 + random.nextInt(BATCH), 60, 1514);
            for (byte[] bytes : sent) {
                end.add(
                        random.nextBoolean()
                                ? end.frame(bytes)
                                : DpdkEnd.fill(end.objects.allocate(bytes.length), bytes));
            }
            end.await("room", () -> {
                int _ = end.offer();
                return end.out.count() == 0;
            });
            List<byte[]> received = new ArrayList<>(end.await(sent.size()));
            DpdkEnd.assertSame(received, sent);
        }
        assertThat(end.receive()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "net_memif0,role=server,socket-abstract=no,socket=SOCKET"
                        + "| net_memif0,role=client,socket-abstract=no,socket=SOCKET",
                "net_memif0,role=client,socket-abstract=no,socket=SOCKET"
                        + "| net_memif0,role=server,socket-abstract=no,socket=SOCKET",
                "net_vhost0,iface=SOCKET,queues=1 | net_virtio_user0,path=SOCKET",
                "net_virtio_user0,path=SOCKET | net_vhost0,iface=SOCKET,queues=1"
            })
    void carriesAllBytesBothWays(String theirs, String ours) {
        tolerateListeners(ours, 1);
        try (Ends ends = open(theirs, ours)) {
            DpdkEnd end = ends.ours;
            Child mirror = ends.mirror;
            end.await("its link", end.device.events()::isUp);
            mirror.awaitLine(line -> line.equals("up"), MirrorProcess.START_NANOS);
            exchange(end, 500);
            MirrorProcess.end(mirror);
            end.await("the end of the link", () -> !end.device.events().isUp());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "net_memif0,role=client,socket-abstract=no,socket=SOCKET"
                        + "| net_memif0,role=server,socket-abstract=no,socket=SOCKET",
                "net_virtio_user0,path=SOCKET | net_vhost0,iface=SOCKET,queues=1"
            })
    void aPeerThatIsKilledTakesTheLinkDownAndMayComeBack(String theirs, String ours) {
        tolerateListeners(ours, 1);
        try (DpdkEnd end = DpdkEnd.open(device(ours))) {
            for (int round = 0; round < 3; round++) {
                try (Child mirror = MirrorProcess.startAndAwait(device(theirs))) {
                    exchangeAndKill(end, mirror);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "net_memif0,role=server,socket-abstract=no,socket=SOCKET"
                        + "| net_memif0,role=client,socket-abstract=no,socket=SOCKET",
                "net_vhost0,iface=SOCKET,queues=1 | net_virtio_user0,path=SOCKET"
            })
    void aPeerThatIsKilledTakesNoFrameWithIt(String theirs, String ours) throws IOException {
        for (int round = 0; round < 3; round++) {
            try (Ends ends = open(theirs, ours)) {
                exchangeAndKill(ends.ours, ends.mirror);
            }
            boolean _ = Files.deleteIfExists(folder.resolve("socket"));
        }
    }

    private void exchangeAndKill(DpdkEnd end, Child mirror) {
        end.await("its link", end.device.events()::isUp);
        mirror.awaitLine(line -> line.equals("up"), MirrorProcess.START_NANOS);
        exchange(end, 20);
        end.send(DpdkEnd.packets(random, BATCH, 60, 1514)); // some of them are on their way
        mirror.kill();
        end.await("the end of the link", () -> !end.device.events().isUp());
        long droppedBefore = end.device.txDropped();
        end.send(DpdkEnd.packets(random, BATCH, 60, 1514)); // into nothing
        assertThat(end.device.txDropped() - droppedBefore).isEqualTo(BATCH);
        end.await("quiet", () -> end.receive().isEmpty());
    }
}
