package io.penstock.examples.kv;

import io.penstock.datapath.counters.Counters;
import io.penstock.server.Server;
import io.penstock.testkit.MemoryOs;
import io.penstock.testkit.QuietOs;

/** Runs the same requests again and again on a store, through a stack that itself allocates nothing. */
final class GarbageFree implements AutoCloseable {
    private final QuietOs os;
    private final Server server;
    private final Kv kv;
    private final byte[][] requests = {
        KvClient.request("SET", "key:1", "0123456789"),
        KvClient.request("GET", "key:1"),
        KvClient.request("INCR", "number"),
        KvClient.request("MSET", "a", "1", "b", "2"),
        KvClient.request("MGET", "a", "b", "key:1"),
        KvClient.request("SET", "large", "x".repeat(1200)),
        KvClient.request("GET", "large"),
        KvClient.ascii("EXISTS a b c\r\nTTL key:1\r\nPING\r\n"),
    };

    GarbageFree() {
        os = new QuietOs(new MemoryOs());
        Counters counters = Counters.inMemory();
        kv = new Kv(os, 1 << 20, () -> 0, counters);
        server = kv.serve(6380, 1 << 20, 1 << 20, () -> 0);
        os.acceptOne();
        server.turn(0);
    }

    void round() {
        for (byte[] request : requests) {
            os.arrive(request);
            server.turn(0); // the pop
            server.turn(0); // the push
        }
    }

    @Override
    public void close() {
        kv.close();
        os.close();
    }
}
