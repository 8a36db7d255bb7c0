package io.penstock.examples.resp;

import io.penstock.server.Reply;
import java.nio.charset.StandardCharsets;

/** The kinds of replies there are in RESP2, and those that RESP3 writes in another way. */
public final class Resp {
    private static final String END = "\r\n";

    private Resp() {}

    /** Done. */
    public static void ok(Reply out) {
        out.putText("+OK\r\n");
    }

    /** Nothing is there. */
    public static void nil(Reply out, boolean resp3) {
        out.putText(resp3 ? "_\r\n" : "$-1\r\n");
    }

    /** It was not done; the text begins with a word that says which kind of reason. */
    public static void error(Reply out, String text) {
        out.putText("-").putText(text).putText(END);
    }

    /** A number. */
    public static void integer(Reply out, long value) {
        out.putText(":").putDecimal(value).putText(END);
    }

    /** So many replies follow, and belong together. */
    public static void array(Reply out, int replies) {
        out.putText("*").putDecimal(replies).putText(END);
    }

    /** So many pairs of replies follow. */
    public static void map(Reply out, int pairs, boolean resp3) {
        out.putText(resp3 ? "%" : "*").putDecimal(resp3 ? pairs : 2L * pairs).putText(END);
    }

    /** Bytes from memory. */
    public static void bulk(Reply out, long address, int length) {
        out.putText("$")
                .putDecimal(length)
                .putText(END)
                .putMemory(address, length)
                .putText(END);
    }

    /** The first bytes of an array. */
    public static void bulk(Reply out, byte[] bytes, int length) {
        out.putText("$")
                .putDecimal(length)
                .putText(END)
                .putBytes(bytes, 0, length)
                .putText(END);
    }

    /** A text; makes garbage. */
    public static void bulk(Reply out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        bulk(out, bytes, bytes.length);
    }
}
