package io.penstock.libos.tcp.tcp;

import io.penstock.datapath.poll.TimerWheel;
import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import java.util.ArrayDeque;
import java.util.ArrayList;

/**
 * Control blocks, which serve one connection after another. Each keeps the congestion control that it was made with, so that
 * it lies beside it in memory; those of another algorithm wait apart, and give way when there are as many as there may be.
 */
final class ConnectionPool {
    private final int capacity;
    private final TimerWheel<TcpConnection> timers;
    /** One for each algorithm that was used; nearly always one. */
    private final ArrayList<Shelf> shelves = new ArrayList<>();

    private int made;
    private int free;

    /** Those of one algorithm that no connection uses. */
    private static final class Shelf {
        final CongestionAlgorithm algorithm;
        final ArrayDeque<TcpConnection> free = new ArrayDeque<>();

        Shelf(CongestionAlgorithm algorithm) {
            this.algorithm = algorithm;
        }
    }

    ConnectionPool(int capacity, TimerWheel<TcpConnection> timers) {
        this.capacity = capacity;
        this.timers = timers;
    }

    /** A control block that no connection uses, with these options; null if there are as many as there may be. */
    TcpConnection take(ConnectionOptions options) {
        TcpConnection c = shelf(options.congestionControl).free.pollLast();
        if (c != null) {
            free--;
        } else {
            if (made == capacity && !discardOne()) {
                return null;
            }
            c = new TcpConnection(options.congestionControl.make());
            c.timers.id = timers.introduce(c);
            made++;
        }
        c.options = options;
        return c;
    }

    /** Takes one back, and makes it as new. */
    void giveBack(TcpConnection c) {
        Shelf shelf = shelf(c.options.congestionControl); // the same as when it was taken
        c.reset();
        shelf.free.addLast(c);
        free++;
    }

    /** How many can still be taken. */
    int available() {
        return capacity - made + free;
    }

    private Shelf shelf(CongestionAlgorithm algorithm) {
        for (int i = 0; i < shelves.size(); i++) {
            if (shelves.get(i).algorithm == algorithm) {
                return shelves.get(i);
            }
        }
        Shelf another = new Shelf(algorithm);
        shelves.add(another);
        return another;
    }

    /** One that is free makes room for one of another algorithm. */
    private boolean discardOne() {
        for (int i = 0; i < shelves.size(); i++) {
            TcpConnection c = shelves.get(i).free.pollLast();
            if (c != null) {
                timers.forget(c.timers.id);
                made--;
                free--;
                return true;
            }
        }
        return false;
    }
}
