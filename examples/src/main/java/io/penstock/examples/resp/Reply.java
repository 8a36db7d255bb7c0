package io.penstock.examples.resp;

import io.penstock.examples.stream.Output;
import java.nio.charset.StandardCharsets;

/** The kinds of replies there are in RESP2, and those that RESP3 writes in another way. */
public final class Reply {
    private static final String END = "\r\n";

    private Reply() {}

    /** Done. */
    public static void ok(Output out) {
        out.text("+OK\r\n");
    }

    /** Nothing is there. */
    public static void nil(Output out, boolean resp3) {
        out.text(resp3 ? "_\r\n" : "$-1\r\n");
    }

    /** It was not done; the text begins with a word that says which kind of reason. */
    public static void error(Output out, String text) {
        out.text("-").text(text).text(END);
    }

    /** A number. */
    public static void integer(Output out, long value) {
        out.text(":").decimal(value).text(END);
    }

    /** So many replies follow, and belong together. */
    public static void array(Output out, int replies) {
        out.text("*").decimal(replies).text(END);
    }

    /** So many pairs of replies follow. */
    public static void map(Output out, int pairs, boolean resp3) {
        out.text(resp3 ? "%" : "*").decimal(resp3 ? pairs : 2L * pairs).text(END);
    }

    /** Bytes from memory. */
    public static void bulk(Output out, long address, int length) {
        out.text("$").decimal(length).text(END).memory(address, length).text(END);
    }

    /** The first bytes of an array. */
    public static void bulk(Output out, byte[] bytes, int length) {
        out.text("$").decimal(length).text(END).bytes(bytes, length).text(END);
    }

    /** A text; makes garbage. */
    public static void bulk(Output out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        bulk(out, bytes, bytes.length);
    }
}
