package io.penstock.examples.kv;

import io.penstock.examples.resp.Reply;
import io.penstock.examples.stream.Decimal;
import io.penstock.examples.stream.Output;
import io.penstock.memory.Buffer;
import io.penstock.memory.os.RawMemory;

/** A key and its value: copied into an array, or left in the frame in which it arrived. */
final class Entry {
    static final long NEVER = Long.MIN_VALUE;

    private static final byte[] NOTHING = {};

    private final int hash;
    private final byte[] key;
    /** May be longer than the value, which saves an allocation when that changes. */
    private byte[] value = NOTHING;

    private int length;
    /** The value's frame, the window being a whole reply, {@code $LENGTH\r\nVALUE\r\n}; null if the array has it. */
    private Buffer kept;

    long expiresMillis = NEVER;
    /** Where it stands among those that expire; -1 if it does not. */
    int expiryIndex = -1;

    Entry(int hash, long keyAddress, int keyLength) {
        this.hash = hash;
        this.key = new byte[keyLength];
        RawMemory.copyTo(keyAddress, key, 0, keyLength);
    }

    boolean hasKey(long address, int keyLength) {
        int i = key.length == keyLength ? 0 : -1;
        while (i >= 0 && i < keyLength && key[i] == RawMemory.getByte(address + i)) {
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
        return 128L + key.length + (kept == null ? value.length : kept.frameBytes());
    }

    /** Writes the value as a reply; sends the very frame in which it came, if it can. */
    void reply(Output out, boolean mayPush) {
        if (kept == null) {
            Reply.bulk(out, value, length);
        } else if (!mayPush || !out.push(kept)) {
            out.memory(kept.address(), kept.length());
        }
    }

    /** Copies a value in. The array is used anew unless the value would leave most of it empty. */
    void copyIn(long address, int lengthBytes) {
        letGo();
        makeRoom(lengthBytes);
        RawMemory.copyTo(address, value, 0, lengthBytes);
        length = lengthBytes;
    }

    /** Takes over a reference to a frame whose window is the value as a reply. */
    void keep(Buffer reply) {
        letGo();
        kept = reply;
        value = NOTHING;
    }

    /** Gives the frame back, if the value lies in one. */
    void letGo() {
        if (kept != null) {
            kept.release();
            kept = null;
        }
    }

    /** Whether the value is an integer, which {@code into} then has. */
    boolean parse(Decimal into) {
        return kept == null && into.parse(value, length);
    }

    void set(Decimal digits, long number) {
        makeRoom(0);
        length = digits.write(number, value);
    }

    /** Four sizes to each power of two, and at least a 64-bit number in digits. */
    private void makeRoom(int lengthBytes) {
        int step = Math.max(8, Integer.highestOneBit(lengthBytes) / 4);
        int room = Math.max(24, (lengthBytes + step - 1) / step * step);
        if (value.length < room || value.length / 4 > room) {
            value = new byte[room];
        }
    }
}
