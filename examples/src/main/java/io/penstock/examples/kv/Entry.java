package io.penstock.examples.kv;

import io.penstock.examples.resp.Decimal;
import io.penstock.memory.Buffer;
import io.penstock.memory.DirectMemory;
import io.penstock.server.Reply;

/** A key, and its value: in the frame in which it arrived, or copied into the heap; either way as a reply to a GET. */
final class Entry {
    static final long NEVER = Long.MIN_VALUE;
    /** About how much a key takes beside its own bytes and its value. */
    static final long OVERHEAD_BYTES = 128;

    private final int hash;
    private final byte[] key;
    /** The whole reply, {@code $LENGTH\r\nVALUE\r\n}; null only until there is a value. */
    private Buffer value;
    /** The value's own length. */
    private int length;

    long expiresMillis = NEVER;
    /** Where it stands among those that expire; -1 if it does not. */
    int expiryIndex = -1;

    Entry(int hash, long keyAddress, int keyLength) {
        this.hash = hash;
        this.key = new byte[keyLength];
        DirectMemory.copyTo(keyAddress, key, 0, keyLength);
    }

    boolean hasKey(long address, int keyLength) {
        int i = key.length == keyLength ? 0 : -1;
        while (i >= 0 && i < keyLength && key[i] == DirectMemory.getByte(address + i)) {
            i++;
        }
        return i == keyLength;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** An entry is one of a kind: equal keys are found by the store's probe. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    /** About how much memory it takes. */
    long footprintBytes() {
        return OVERHEAD_BYTES + key.length + Values.footprintBytes(value);
    }

    /** Writes the value as a reply; a long one is sent from where it lies. */
    void reply(Reply out) {
        out.write(value);
    }

    /** Sets the value to a copy. Returns false, and changes nothing, if there is no memory for one. */
    boolean copyIn(Values values, long address, int lengthBytes) {
        if (Values.fits(value, lengthBytes)) {
            values.fill(value, address, lengthBytes);
            length = lengthBytes;
            return true;
        }
        Buffer copy = values.of(address, lengthBytes);
        if (copy != null) {
            keep(copy, lengthBytes);
        }
        return copy != null;
    }

    /** Takes over a reference to a value that lies there as a reply. */
    void keep(Buffer reply, int lengthBytes) {
        letGo();
        value = reply;
        length = lengthBytes;
    }

    /** Gives the value's memory back. */
    void letGo() {
        if (value != null) {
            value.release();
            value = null;
        }
    }

    boolean hasValue() {
        return value != null;
    }

    /** Whether the value is an integer, which {@code into} then has. */
    boolean parse(Decimal into) {
        return value.next() == null && into.parse(value.address() + Values.headerBytes(length), length);
    }
}
