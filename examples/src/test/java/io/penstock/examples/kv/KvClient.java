package io.penstock.examples.kv;

import io.penstock.datapath.counters.Counters;
import io.penstock.server.Server;
import io.penstock.testkit.MemoryOs;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A store on a stack without a network, and one client of it; time passes when the test says so. */
final class KvClient implements AutoCloseable {
    final MemoryOs os;
    final Counters counters = Counters.inMemory();
    final Server server;
    private final Kv kv;
    long nowMillis = 1_700_000_000_000L;
    long nowNanos;
    int client;

    KvClient() {
        this(new MemoryOs().traced(), 64 << 20);
    }

    KvClient(MemoryOs os, long maxBytes) {
        this.os = os;
        kv = new Kv(os, maxBytes, () -> nowMillis, counters);
        server = kv.serve(6379, 8 << 20, 8 << 20, () -> nowNanos);
        client = os.connect();
    }

    /** Lets the server do all that it can do now. */
    void settle() {
        for (int idle = 0; idle < 3; idle++) {
            idle = server.turn(0) ? 0 : idle;
        }
    }

    /** Sends the pieces as segments of their own, and returns what the server answers. */
    String send(byte[]... segments) {
        os.send(client, segments);
        return replies();
    }

    String replies() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some;
        do {
            settle();
            some = os.read(client);
            all.writeBytes(some);
        } while (some.length > 0);
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** One command as clients send it. */
    String command(String... words) {
        return send(request(words));
    }

    /** What people type. */
    String type(String line) {
        return send(ascii(line + "\r\n"));
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] request(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return ascii(text.toString());
    }

    @Override
    public void close() {
        kv.close();
        os.close();
    }
}
