package io.penstock.libos.tcp.stream;

import io.penstock.linux.RawMemory;

/**
 * The option bytes that each segment of a connection carries behind its header (RFC 9293, section 3.1), as they were agreed
 * on in the handshake: written in one go, and counted by everything that asks how long a header is. SYNs have options of
 * their own ({@code TcpOptions.writeSyn}).
 *
 * <p>A connection that has agreed on none shares {@link #NONE}. Owner's thread.
 */
public final class OptionTemplate {
    public static final OptionTemplate NONE = new OptionTemplate();

    /** RFC 9293, section 3.1: the data offset counts words of four, of which the header itself takes five of fifteen. */
    private static final int MAX_WORDS = 10;

    private final int[] words;

    /**
     * @param words in network order, the first byte being the highest; whoever wants less than a word fills it with NOPs
     */
    public OptionTemplate(int... words) {
        if (words.length > MAX_WORDS) {
            throw new IllegalArgumentException(words.length + " words of options: at most " + MAX_WORDS);
        }
        this.words = words;
    }

    public int lengthBytes() {
        return words.length * Integer.BYTES;
    }

    public void write(long address) {
        for (int i = 0; i < words.length; i++) {
            RawMemory.putIntBe(address + (long) i * Integer.BYTES, words[i]);
        }
    }
}
