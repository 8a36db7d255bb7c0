package io.penstock.libos.tcp.ip;

import io.penstock.datapath.Endpoint;

/**
 * Which local ports are taken, by whom, at which addresses: one table for each transport. A port may be bound once at each
 * address, or once at all of them.
 *
 * <p>It also chooses ports where the application names none, so that nobody outside can guess the next one (RFC 6056): the
 * caller says where the search begins, by a keyed hash (algorithm 3) or at random (algorithm 1).
 *
 * @param <T> who has a port
 */
public final class PortTable<T> {
    private static final int PORTS = 1 << 16;

    /** One port at one address. */
    public static final class Binding<T> {
        final long high;
        final long low;
        final int port;
        /** Who has it. */
        private final T owner;

        private Binding<T> next;

        private Binding(long high, long low, int port, T owner) {
            this.high = high;
            this.low = low;
            this.port = port;
            this.owner = owner;
        }

        public T owner() {
            return owner;
        }

        public int port() {
            return port;
        }

        public long high() {
            return high;
        }

        public long low() {
            return low;
        }

        /** The next one of the same port, at another address; null if there is none. */
        public Binding<T> next() {
            return next;
        }

        /** Whether it is of all of the stack's addresses. */
        public boolean isAny() {
            return FlowKey.isAny(high, low);
        }

        /** Writes its address and port. */
        public void writeTo(Endpoint out) {
            out.set(high, low, port);
        }
    }

    /** What else must hold of a port that is chosen. */
    @FunctionalInterface
    public interface Candidate {
        boolean isUsable(int port);
    }

    private final Binding<T>[] firstByPort = newArray();
    private final int lowest;
    private final int count;
    private int next;

    /**
     * @param lowest the first port of those to choose from
     * @param highest the last one
     */
    public PortTable(int lowest, int highest) {
        this.lowest = lowest;
        this.count = highest - lowest + 1;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    private static <T> Binding<T>[] newArray() {
        return new Binding[PORTS];
    }

    /** The first binding of a port, or null. */
    public Binding<T> first(int port) {
        return firstByPort[port];
    }

    /** Whether nobody has this port at any address. */
    public boolean isUnused(int port) {
        return firstByPort[port] == null;
    }

    /** Whether a port can be bound at an address, or at all of them. */
    public boolean isFree(long high, long low, int port) {
        boolean any = FlowKey.isAny(high, low);
        for (Binding<T> b = firstByPort[port]; b != null; b = b.next) {
            if (any || b.isAny() || (b.high == high && b.low == low)) {
                return false;
            }
        }
        return true;
    }

    /** Binds a port, which is free. */
    public Binding<T> add(long high, long low, int port, T owner) {
        Binding<T> binding = new Binding<>(high, low, port, owner);
        binding.next = firstByPort[port];
        firstByPort[port] = binding;
        return binding;
    }

    /** Gives a port back. */
    public void remove(Binding<T> binding) {
        Binding<T> b = firstByPort[binding.port];
        if (b == binding) {
            firstByPort[binding.port] = binding.next;
            return;
        }
        while (b.next != binding) {
            b = b.next;
        }
        b.next = binding.next;
    }

    /**
     * Chooses a port that nobody has, the next after the one chosen last in an order that begins at {@code start}.
     *
     * @param start any number; as a secret function of the peer it makes ports unguessable
     * @return the port, or 0 if none is usable
     */
    public int choose(long start, Candidate candidate) {
        int first = (int) Long.remainderUnsigned(start, count);
        for (int i = 0; i < count; i++) {
            int port = lowest + (first + next) % count;
            next = (next + 1) % count;
            if (firstByPort[port] == null && candidate.isUsable(port)) {
                return port;
            }
        }
        return 0;
    }
}
