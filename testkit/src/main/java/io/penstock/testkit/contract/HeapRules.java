package io.penstock.testkit.contract;

import static io.penstock.testkit.contract.Pair.assertSame;
import static io.penstock.testkit.contract.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.PinnedHeap;
import io.penstock.memory.Region;
import io.penstock.testkit.contract.Pair.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An application's own objects can be sent. That the heap is empty again is checked after each test. */
interface HeapRules {
    Pair pair();

    private static Buffer object(CoreHeap heap, byte[] bytes, int headroomBytes) {
        Buffer object = heap.allocate(bytes.length, headroomBytes);
        assertThat(object).as("the heap has room").isNotNull();
        object.putBytes(0, bytes, 0, bytes.length);
        return object;
    }

    @Test
    default void objectsOfEverySizeAreSentAndMayBeReleasedAtOnce() {
        Pair p = pair();
        Connection c = p.connect();
        for (int length : new int[] {1, 63, 64, 65, 200, 900, 1_300, 1_460, 1_461, 5_000, 70_000, 500_000}) {
            for (int headroom : new int[] {0, CoreHeap.DEFAULT_HEADROOM_BYTES}) {
                byte[] bytes = pattern(length);
                Buffer object = object(p.client.os.heap(), bytes, headroom);
                long push = p.client.os.push(c.client(), object);
                object.release();
                assertSame(p.popExactly(p.server, c.server(), length), bytes);
                p.ok(p.client, push);
            }
        }
    }

    @Test
    default void theLargestObjectIsAMebibyteWithoutSayingMore() {
        Pair p = pair();
        Connection c = p.connect();
        byte[] bytes = pattern(1 << 20);
        Buffer object = p.client.os.heap().allocate(bytes.length);
        object.putBytes(0, bytes, 0, bytes.length);
        long push = p.client.os.push(c.client(), object);
        object.release();
        assertSame(p.popExactly(p.server, c.server(), bytes.length), bytes);
        p.ok(p.client, push);
    }

    @Test
    default void manyObjectsOfOneSizeLieAnywhereInTheRegion() {
        Pair p = pair();
        Connection c = p.connect();
        List<Buffer> objects = new ArrayList<>();
        int lengthBytes = 1_100; // blocks of 1,280: most of them cross the border of a frame's length
        for (int i = 0; i < 60; i++) {
            byte[] bytes = pattern(lengthBytes);
            bytes[0] = (byte) i;
            objects.add(object(p.client.os.heap(), bytes, CoreHeap.DEFAULT_HEADROOM_BYTES));
        }
        for (int i = 0; i < objects.size(); i++) {
            byte[] expected = pattern(lengthBytes);
            expected[0] = (byte) i;
            long push = p.client.os.push(c.client(), objects.get(i));
            objects.get(i).release();
            assertSame(p.popExactly(p.server, c.server(), lengthBytes), expected);
            p.ok(p.client, push);
        }
    }

    @Test
    default void anObjectMayBePushedToManyQueuesAtOnceAndStaysAsItWas() {
        Pair p = pair();
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            connections.add(p.connect());
        }
        Buffer object = object(p.client.os.heap(), pattern(1_000), CoreHeap.DEFAULT_HEADROOM_BYTES);
        for (Connection c : connections) {
            p.client.os.push(c.client(), object);
        }
        for (Connection c : connections) {
            assertSame(p.popExactly(p.server, c.server(), 1_000), pattern(1_000));
        }
        byte[] still = new byte[1_000];
        object.getBytes(0, still, 0, 1_000);
        assertSame(still, pattern(1_000));
        object.release();
    }

    @Test
    default void anObjectIsSentAsADatagram() {
        Pair p = pair();
        int server = p.server.udp(7);
        int client = p.client.udp(8);
        for (int headroom : new int[] {0, CoreHeap.DEFAULT_HEADROOM_BYTES}) {
            Buffer object = object(p.client.os.heap(), pattern(700), headroom);
            p.client.os.pushTo(client, object, p.server.at(7));
            object.release();
            assertSame(p.pop(p.server, server), pattern(700));
        }
    }

    @Test
    default void whatAnotherThreadOwnsIsSentAndComesHomeThere() throws InterruptedException {
        Pair p = pair();
        Connection c = p.connect();
        try (Region region = Region.mapSmall(1 << 20);
                PinnedHeap heap = PinnedHeap.over("another", region);
                CoreHeap core = heap.core("another")) {
            Buffer[] objects = new Buffer[2];
            Thread other = new Thread(() -> {
                core.ownedBy(Thread.currentThread());
                objects[0] = object(core, pattern(1_000), CoreHeap.DEFAULT_HEADROOM_BYTES);
                objects[1] = object(core, pattern(9_000), 0);
            });
            other.start();
            other.join(10_000);
            for (Buffer object : objects) {
                int length = object.length();
                long push = p.client.os.push(c.client(), object);
                object.release();
                assertSame(p.popExactly(p.server, c.server(), length), pattern(length));
                p.ok(p.client, push);
            }
            p.settle();
            core.ownedBy(Thread.currentThread());
            core.reclaim();
            assertThat(core.bytesInUse()).isZero();
        }
    }
}
