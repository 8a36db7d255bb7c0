package io.penstock.examples.kv;

import io.penstock.memory.Buffer;
import io.penstock.memory.CoreHeap;
import io.penstock.memory.DirectMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The keys, in a hash map, and their values, in pinned memory. Looking a key up, and changing its value for one of about the
 * same length, allocates nothing; what is replaced or removed is free at once, for any other value. An expired key is removed
 * when it is met, or by {@link #sweep}.
 */
final class Store {
    final long maxBytes;
    private final Values values;
    private final LongSupplier clockMillis;
    private final Map<Object, Entry> entries = new HashMap<>();
    private final List<Entry> expiring = new ArrayList<>();
    private final Key probe = new Key();
    private long usedBytes;
    private int cursor;

    Store(long maxBytes, CoreHeap heap, LongSupplier clockMillis) {
        this.values = new Values(heap);
        this.maxBytes = maxBytes;
        this.clockMillis = clockMillis;
    }

    int size() {
        return entries.size();
    }

    int expiringKeys() {
        return expiring.size();
    }

    long usedBytes() {
        return usedBytes;
    }

    boolean hasRoom(long moreBytes) {
        return usedBytes + moreBytes <= maxBytes;
    }

    long nowMillis() {
        return clockMillis.getAsLong();
    }

    /** The entry of a key, or null. */
    Entry find(long keyAddress, int keyLength) {
        Entry entry = entries.get(probe.at(keyAddress, keyLength));
        if (entry != null && entry.expiresMillis != Entry.NEVER && entry.expiresMillis <= nowMillis()) {
            remove(entry);
            return null;
        }
        return entry;
    }

    private Entry findOrAdd(long keyAddress, int keyLength) {
        Entry entry = find(keyAddress, keyLength);
        if (entry == null) {
            entry = new Entry(probe.hash, keyAddress, keyLength);
            entries.put(entry, entry);
            usedBytes += entry.footprintBytes();
        }
        return entry;
    }

    /**
     * Sets a key's value to a copy.
     *
     * @return the entry, or null if there is no memory for it: then a key that had a value still has it
     */
    Entry put(long keyAddress, int keyLength, long valueAddress, int valueLength) {
        Entry entry = findOrAdd(keyAddress, keyLength);
        long before = entry.footprintBytes();
        boolean done = entry.copyIn(values, valueAddress, valueLength);
        usedBytes += entry.footprintBytes() - before;
        if (!done && !entry.hasValue()) {
            remove(entry);
        }
        return done ? entry : null;
    }

    /** A copy that may become a key's value ({@link #keep}), or null if there is no memory for it. */
    Buffer make(long valueAddress, int valueLength) {
        return values.of(valueAddress, valueLength);
    }

    /** Sets a key's value to one that lies there as a reply, and takes the reference over. */
    Entry keep(long keyAddress, int keyLength, Buffer reply, int valueLength) {
        Entry entry = findOrAdd(keyAddress, keyLength);
        long before = entry.footprintBytes();
        entry.keep(reply, valueLength);
        usedBytes += entry.footprintBytes() - before;
        return entry;
    }

    void remove(Entry entry) {
        entries.remove(entry);
        usedBytes -= entry.footprintBytes();
        expireAt(entry, Entry.NEVER);
        entry.letGo();
    }

    void clear() {
        entries.values().forEach(Entry::letGo);
        entries.clear();
        expiring.clear();
        usedBytes = 0;
    }

    /** Sets when an entry expires, or that it never does. */
    void expireAt(Entry entry, long millis) {
        entry.expiresMillis = millis;
        if (millis != Entry.NEVER && entry.expiryIndex < 0) {
            entry.expiryIndex = expiring.size();
            expiring.add(entry);
        } else if (millis == Entry.NEVER && entry.expiryIndex >= 0) {
            Entry last = expiring.removeLast(); // it takes the place of the one that leaves
            if (last != entry) {
                expiring.set(entry.expiryIndex, last);
                last.expiryIndex = entry.expiryIndex;
            }
            entry.expiryIndex = -1;
        }
    }

    /** Looks at some of the keys that expire, the next ones each time, and removes those whose time has come. */
    void sweep(int max) {
        long now = expiring.isEmpty() ? 0 : nowMillis();
        for (int i = Math.min(max, expiring.size()); i > 0; i--) {
            cursor = cursor < expiring.size() ? cursor : 0;
            if (expiring.get(cursor).expiresMillis <= now) {
                remove(expiring.get(cursor)); // another takes its place
            } else {
                cursor++;
            }
        }
    }

    /** Finds entries by keys that lie anywhere in memory: what the map compares is always a key with an entry. */
    private static final class Key {
        /** Secret, so that nobody can choose keys that collide. */
        private final long secret = new SplittableRandom().nextLong() | 1;

        private long address;
        private int length;
        private int hash;

        Key at(long keyAddress, int keyLength) {
            address = keyAddress;
            length = keyLength;
            long mixed = secret ^ keyLength;
            int i = 0;
            for (; i + Long.BYTES <= keyLength; i += Long.BYTES) {
                mixed = mix(mixed ^ DirectMemory.getLong(keyAddress + i));
            }
            for (; i < keyLength; i++) {
                mixed = mix(mixed ^ DirectMemory.getByte(keyAddress + i));
            }
            hash = (int) (mixed ^ mixed >>> 32);
            return this;
        }

        private long mix(long value) {
            return Math.unsignedMultiplyHigh(value, secret) ^ value * secret;
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Entry entry && entry.hasKey(address, length);
        }
    }
}
