package io.penstock.server;

import io.penstock.datapath.counters.Counters;
import io.penstock.testkit.MemoryOs;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A server on a stack without a network, and one client of it; time passes when the test says so. */
public final class Served implements AutoCloseable {
    public final MemoryOs os;
    public final Counters counters = Counters.inMemory();
    public final Server server;
    public long nowNanos;
    public int client;

    public Served(UnaryOperator<Server> what) {
        this(new MemoryOs().traced(), what);
    }

    public Served(MemoryOs os, UnaryOperator<Server> what) {
        this.os = os;
        this.server = what.apply(Server.on(os).name("test").counters(counters).clock(() -> nowNanos));
    }

    /** A client more, which is the one that is meant from now on. */
    public int connect() {
        client = os.connect();
        settle();
        return client;
    }

    /** Lets the server do all that it can do now. */
    public void settle() {
        for (int idle = 0; idle < 3; idle++) {
            idle = server.turn(0) ? 0 : idle;
        }
    }

    /** Sends the pieces as segments of their own, and returns all that the server answers. */
    public byte[] ask(byte[]... segments) {
        os.send(client, segments);
        return answers();
    }

    public byte[] answers() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some;
        do {
            settle();
            some = os.read(client);
            all.writeBytes(some);
        } while (some.length > 0);
        return all.toByteArray();
    }

    public long counter(String suffix) {
        return counters.counter("test." + suffix).get();
    }

    public long ended(EndReason why) {
        return counter("connections.ended." + why.suffix());
    }

    /** Time passes, a second at a time. */
    public void seconds(int count) {
        for (int i = 0; i < count; i++) {
            nowNanos += 1_000_000_001L;
            settle();
        }
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** With a length of four bytes in front. */
    public static byte[] framed(byte[] payload) {
        byte[] all = new byte[4 + payload.length];
        java.nio.ByteBuffer.wrap(all).putInt(payload.length).put(payload);
        return all;
    }

    public static byte[] framed(String payload) {
        return framed(ascii(payload));
    }

    public static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    public static byte[][] cut(byte[] bytes, int at) {
        return new byte[][] {Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at, bytes.length)};
    }

    @Override
    public void close() {
        os.close();
    }
}
