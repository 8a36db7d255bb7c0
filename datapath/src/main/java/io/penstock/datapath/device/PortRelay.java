package io.penstock.datapath.device;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * Hands on, among the stacks on the queues of one port, what reaches the queue of one and concerns all: a neighbour's hardware
 * address, or an error about a packet that another has sent. A port hands each packet to one queue, and cannot know.
 *
 * <pre>
 *   queue 0   ARP reply -&gt; stack A  learns, and tells -&gt; ring of B
 *   queue 1                stack B &lt;- told in the mailbox's part of its next turn: learns
 * </pre>
 *
 * <p>Messages are copied, at most {@link #MAX_MESSAGE_BYTES} each, into a bounded ring of each stack's; what finds none is
 * lost for that stack, and counted by whoever told. Makes no garbage.
 */
public final class PortRelay {
    /** More than an ARP packet, or the part of an ICMP error that says whom it concerns. */
    public static final int MAX_MESSAGE_BYTES = 128;

    private static final int RING_BYTES = 1 << 15;

    private final List<Seat> seats = new CopyOnWriteArrayList<>();

    /** Of a port. */
    public PortRelay() {}

    /** Whether no stack has a seat. Any thread. */
    public boolean isEmpty() {
        return seats.isEmpty();
    }

    /**
     * A stack joins; the calling thread is its.
     *
     * @param news told from any thread when the first message lies there, to have {@link Seat#read} called soon; false if
     *     nobody will
     */
    public Seat join(News news) {
        Seat seat = new Seat(seats, news);
        seats.add(seat);
        return seat;
    }

    /** Hears on any thread that there is something to read. */
    @FunctionalInterface
    public interface News {
        /** Returns whether somebody will read. */
        boolean arrived();
    }

    /** Takes a message on the reading stack's thread. */
    @FunctionalInterface
    public interface Reader {
        /**
         * A message.
         *
         * @param kind as the teller gave it
         * @param address where it lies, only now
         */
        void message(int kind, long address, int lengthBytes);
    }

    /** One stack's. Told by others, else its own thread's. */
    public static final class Seat implements AutoCloseable {
        private final List<Seat> seats;
        private final News news;
        private final ManyToOneRingBuffer ring = new ManyToOneRingBuffer(new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(RING_BYTES + RingBufferDescriptor.TRAILER_LENGTH, Long.BYTES)));
        private final AtomicBoolean announced = new AtomicBoolean();
        private final UnsafeBuffer outgoing = new UnsafeBuffer(0, 0);
        private final MessageHandler handler = this::take;
        private Reader reader;

        private Seat(List<Seat> seats, News news) {
            this.seats = seats;
            this.news = news;
        }

        /**
         * Tells all others.
         *
         * @param kind at least 1, for the reader
         * @param lengthBytes from 1 to {@link #MAX_MESSAGE_BYTES}
         * @return for how many there was no room
         */
        public int tell(int kind, long address, int lengthBytes) {
            if (lengthBytes < 1 || lengthBytes > MAX_MESSAGE_BYTES) {
                throw new IllegalArgumentException(
                        "a message has 1 to " + MAX_MESSAGE_BYTES + " bytes, not " + lengthBytes);
            }
            int lost = 0;
            outgoing.wrap(address, lengthBytes);
            for (int i = seats.size() - 1; i >= 0; i--) {
                Seat other = at(i);
                if (other != null && other != this && !other.hear(kind, outgoing, lengthBytes)) {
                    lost++;
                }
            }
            return lost;
        }

        /** Null if others have left meanwhile. No iterator, which would be garbage. */
        private Seat at(int i) {
            try {
                return seats.get(i);
            } catch (IndexOutOfBoundsException _) {
                return null;
            }
        }

        private boolean hear(int kind, UnsafeBuffer from, int lengthBytes) {
            if (!ring.write(kind, from, 0, lengthBytes)) {
                return false;
            }
            if (announced.compareAndSet(false, true) && !news.arrived()) {
                announced.set(false);
            }
            return true;
        }

        /** Reads all that lies there. Returns how many messages. */
        public int read(Reader to) {
            announced.set(false); // before: what is written from now on is announced anew
            reader = to;
            int toTheEndOfTheRing = ring.read(handler);
            return toTheEndOfTheRing + ring.read(handler); // and from its beginning
        }

        private void take(int kind, MutableDirectBuffer buffer, int index, int lengthBytes) {
            reader.message(kind, buffer.addressOffset() + index, lengthBytes);
        }

        /** Leaves: nobody tells it anything from soon on. */
        @Override
        public void close() {
            seats.remove(this);
        }
    }
}
