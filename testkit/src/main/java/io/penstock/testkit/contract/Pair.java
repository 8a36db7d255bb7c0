package io.penstock.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.LibOs;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.Transport;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/** Two stacks, driven in turn from one thread. */
public final class Pair implements AutoCloseable {
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final int STALLED_TURNS = 200;

    public final Side client;
    public final Side server;
    public final Link link;
    private int rests;

    /** Takes over the link. */
    public Pair(Link link) {
        this.link = link;
        this.client = new Side(link.client(), link.clientAddress());
        this.server = new Side(link.server(), link.serverAddress());
    }

    /** The other one. */
    public Side other(Side side) {
        return side == client ? server : client;
    }

    /** Turns both loops once; if nothing happened, lets time pass. */
    public void turn() {
        boolean clientDid = client.turn();
        boolean serverDid = server.turn();
        if (!clientDid && !serverDid) {
            link.rest(rests++);
        } else {
            rests = 0;
        }
    }

    /** Turns until something is so. */
    public void until(String what, BooleanSupplier condition) {
        until(what, PATIENCE_NANOS, condition);
    }

    /** Turns until something is so, for so long at most. */
    public void until(String what, long patienceNanos, BooleanSupplier condition) {
        long deadline = link.nanos() + patienceNanos;
        while (!condition.getAsBoolean()) {
            assertThat(link.nanos()).as("waited too long until " + what).isLessThan(deadline);
            turn();
        }
    }

    /** Turns for a while: long enough for packets under way to arrive. */
    public void settle() {
        long until = link.nanos() + link.quietNanos();
        until("time passed", () -> link.nanos() >= until);
    }

    /**
     * Turns, trying something each time, until it has failed for so long that it will not succeed by itself any more.
     * A number of turns belongs to that as well: time also passes while the test's thread gets no core.
     */
    public void untilStalled(BooleanSupplier attempt) {
        long quietSince = link.nanos();
        int failures = 0;
        while (failures < STALLED_TURNS || link.nanos() - quietSince < link.quietNanos()) {
            if (attempt.getAsBoolean()) {
                quietSince = link.nanos();
                failures = 0;
            } else {
                failures++;
            }
            turn();
        }
    }

    /** The completion of an operation. */
    public Done await(Side side, long token) {
        assertThat(token).isNotEqualTo(LibOs.NO_TOKEN);
        until("a token completes", () -> side.isDone(token));
        return side.take(token);
    }

    /** Awaits an operation that must succeed. */
    public Done ok(Side side, long token) {
        Done done = await(side, token);
        assertThat(done.status()).as(done.toString()).isEqualTo(Status.OK);
        return done;
    }

    /** The bytes of a pop that must succeed. */
    public byte[] pop(Side side, int queue) {
        Done done = ok(side, side.os.pop(queue));
        assertThat(done.opcode()).isEqualTo(Opcode.POP);
        return done.bytes();
    }

    /** Pops until so many bytes came. */
    public byte[] popExactly(Side side, int queue, int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (bytes.size() < length) {
            byte[] some = pop(side, queue);
            assertThat(some)
                    .as("the stream ended after %d of %d bytes", bytes.size(), length)
                    .isNotEmpty();
            bytes.writeBytes(some);
        }
        return bytes.toByteArray();
    }

    /** Pops until the end of the stream. */
    public byte[] popAll(Side side, int queue) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (true) {
            byte[] some = pop(side, queue);
            if (some.length == 0) {
                return bytes.toByteArray();
            }
            bytes.writeBytes(some);
        }
    }

    /** A TCP connection. */
    public record Connection(int client, int server) {}

    /** Opens a connection to a fresh listener, which is closed again. */
    public Connection connect() {
        int listener = server.listen(0, 16);
        var local = new io.penstock.datapath.Endpoint();
        assertThat(server.os.local(listener, local)).isTrue();
        Connection connection = connect(listener, local.port());
        ok(server, server.close(listener));
        return connection;
    }

    /** Opens a connection to a listener. */
    public Connection connect(int listener, int port) {
        long accept = server.os.accept(listener);
        int queue = client.socket(Transport.TCP);
        long connect = client.os.connect(queue, server.at(port));
        ok(client, connect);
        Done accepted = ok(server, accept);
        assertThat(accepted.newQueue()).isPositive();
        return new Connection(queue, accepted.newQueue());
    }

    /** Bytes that tell where in a stream they stand. */
    public static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) * 7);
        }
        return bytes;
    }

    /** Says where two streams differ, without printing them. */
    public static void assertSame(byte[] actual, byte[] expected) {
        assertThat(Arrays.mismatch(actual, expected))
                .as("first difference of %d and %d bytes", actual.length, expected.length)
                .isEqualTo(-1);
    }

    /** Closes what is open, checks that no frame is missing, closes the stacks. */
    @Override
    public void close() {
        try {
            client.abortAll();
            server.abortAll();
            until("all frames are home", 10_000_000_000L, () -> {
                client.releaseUnseen();
                server.releaseUnseen();
                return client.isAtRest() && server.isAtRest();
            });
        } catch (AssertionError e) {
            throw new AssertionError(
                    e.getMessage() + "\nclient:\n" + client.leakReport() + "server:\n" + server.leakReport(), e);
        } finally {
            link.close();
        }
    }
}
