package io.penstock.system.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Completion;
import io.penstock.datapath.WaitResult;
import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.dpdk.DpdkEnd;
import io.penstock.datapath.device.dpdk.DpdkEnvironment;
import io.penstock.libos.tcp.DeviceFactory;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.system.afxdp.EchoConnections;
import io.penstock.system.afxdp.EchoOnQueue;
import io.penstock.testkit.Await;
import io.penstock.testkit.Holdings;
import io.penstock.testkit.net.NetworkNamespace;
import io.penstock.testkit.net.VethWire;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A port of two queues with a device on each: net_af_packet, to which the kernel deals out flows (PACKET_FANOUT). */
@ExtendWith(DpdkEnvironment.class)
@Timeout(60)
class SharedPortTest {
    private static final int FLOWS = 64;
    private static final int ROUNDS = 20;
    private static final int CONNECTIONS = 64;
    private static final String ACCEPTED = "tcp.connections.accepted";
    private static final String PORT = "net_af_packet1,iface=vb,qpairs=2,port.queues=2";

    @BeforeAll
    static void openTheFirstSocket() {
        // From which on the class library keeps one of its own.
        assertThat(Holdings.now()).isNotNull();
    }

    private static byte[] datagram(int flow) {
        ByteBuffer packet = ByteBuffer.allocate(60);
        packet.putLong(0x0200_0000_0001_0200L).putInt(2).putShort((short) 0x0800);
        packet.putInt(0x4500_002e)
                .putInt(0)
                .putInt(0x4011_0000)
                .putInt(0xc6120001)
                .putInt(0xc6120002);
        packet.putShort((short) (1000 + flow)).putShort((short) 7).putShort((short) 26);
        return packet.array();
    }

    private static int flow(byte[] packet) {
        return ByteBuffer.wrap(packet).getShort(34) - 1000;
    }

    @Test
    void eachFlowStaysOnOneQueueAndBothHaveSome() {
        try (NetworkNamespace namespace = NetworkNamespace.create("shared")) {
            namespace.ip("link add va type veth peer name vb");
            for (String end : List.of("va", "vb")) {
                namespace.trySysctl("ipv6/conf/" + end + "/disable_ipv6", "1");
                namespace.ip("link set " + end + " up");
            }
            namespace.call(() -> {
                deal();
                return null;
            });
        }
    }

    /** The port is closed by whoever opened it as soon as both stacks have their queue; it ends with the stacks. */
    @Test
    void twoStacksRunOnTheQueuesOfOnePort() throws InterruptedException {
        PacketPort port = DpdkEnd.port("net_null0,port.queues=2");
        CountDownLatch served = new CountDownLatch(2);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Runnable second = () -> runStack(port, 1, served);
        Thread other = Thread.ofPlatform()
                .uncaughtExceptionHandler((_, e) -> failure.set(e))
                .start(second);
        runStack(port, 0, served);
        other.join();
        assertThat(failure.get()).isNull();
        assertThat(port.isUp()).isFalse();
        assertThat(port.steering()).hasSize(2);
        DpdkEnd.open("net_null0").close();
    }

    /** As every packet goes to one of them, each learns from the other who has which hardware address. */
    @Test
    void twoStacksOfOneAddressServeTheKernelsConnectionsUntilOneIsClosed() {
        try (VethWire wire = VethWire.createWithoutOffloads(1);
                EchoConnections connections = new EchoConnections(wire.client())) {
            for (int round = 0; round < 2; round++) {
                serve(wire, connections);
            }
        }
    }

    private static void serve(VethWire wire, EchoConnections connections) {
        NetworkNamespace server = wire.penstockServer();
        PacketPort port = server.call(() -> DpdkEnd.port(PORT));
        EchoOnQueue first = EchoOnQueue.begin(server, port, 0, VethWire.PENSTOCK_ADDRESS + "/24");
        EchoOnQueue second = EchoOnQueue.begin(server, port, 1, VethWire.PENSTOCK_ADDRESS + "/24");
        first.awaitOpen();
        second.awaitOpen();
        port.close();
        Await.until("the link", () -> first.isUp() && second.isUp());
        connections.open(CONNECTIONS);
        for (int round = 0; round < 3; round++) {
            assertThat(connections.echo()).isEqualTo(CONNECTIONS);
        }
        assertThat(first.count(ACCEPTED)).isPositive();
        assertThat(second.count(ACCEPTED)).isPositive();
        assertThat(first.count(ACCEPTED) + second.count(ACCEPTED)).isEqualTo(CONNECTIONS);
        first.close();
        Await.until("the other to hear that the port has ended", () -> !second.isUp());
        assertThat(port.isUp()).isFalse();
        assertThat(connections.tryToOpen(2, 300)).isZero();
        connections.close();
        second.close();
    }

    private static void runStack(PacketPort port, int queue, CountDownLatch served) {
        try (Stack stack = Stack.open(StackConfig.builder()
                .device(DeviceFactory.queueOf(port, queue))
                .address("198.18.0." + (2 + queue) + "/24")
                .probeAddress(false)
                .build())) {
            port.close();
            Completion none = new Completion();
            Counter received = stack.counters().counter("rx.packets");
            long deadline = System.nanoTime() + 20_000_000_000L;
            boolean said = false;
            while (served.getCount() != 0) { // the first that closes ends the port
                assertThat(System.nanoTime()).as("time for packets to arrive").isLessThan(deadline);
                assertThat(stack.waitNext(none, 1_000_000)).isEqualTo(WaitResult.TIMED_OUT);
                if (!said && received.get() != 0) {
                    assertThat(port.isUp() && stack.isUp()).isTrue();
                    said = true;
                    served.countDown();
                }
            }
        }
    }

    private static void deal() {
        try (DpdkEnd wire = DpdkEnd.open("net_af_packet0,iface=va");
                PacketPort port = DpdkEnd.port(PORT);
                DpdkEnd first = DpdkEnd.open(port, 0);
                DpdkEnd second = DpdkEnd.open(port, 1)) {
            wire.await("its link", wire.device.events()::isUp);
            first.await("its link", first.device.events()::isUp);
            second.await("its link", second.device.events()::isUp);
            List<byte[]> toFirst = new ArrayList<>();
            List<byte[]> toSecond = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                List<byte[]> sent = new ArrayList<>();
                for (int flow = 0; flow < FLOWS; flow++) {
                    sent.add(datagram(flow));
                }
                wire.send(sent);
                int expected = round * FLOWS;
                wire.await("all of them", () -> {
                    toFirst.addAll(first.receive());
                    toSecond.addAll(second.receive());
                    return toFirst.size() + toSecond.size() >= expected;
                });
            }
            assertThat(toFirst.size() + toSecond.size()).isEqualTo(ROUNDS * FLOWS);
            Set<Integer> flowsOfFirst =
                    new TreeSet<>(toFirst.stream().map(SharedPortTest::flow).toList());
            Set<Integer> flowsOfSecond =
                    new TreeSet<>(toSecond.stream().map(SharedPortTest::flow).toList());
            assertThat(flowsOfFirst).isNotEmpty().doesNotContainAnyElementsOf(flowsOfSecond);
            assertThat(flowsOfSecond).isNotEmpty();
            assertThat(flowsOfFirst.size() + flowsOfSecond.size()).isEqualTo(FLOWS);
        }
    }
}
