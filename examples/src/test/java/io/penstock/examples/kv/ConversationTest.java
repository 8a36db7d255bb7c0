package io.penstock.examples.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.examples.kv.Conversation.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The store answers what Redis answers, however the client's bytes are cut. */
class ConversationTest {
    private final KvClient kv = new KvClient();

    @AfterEach
    void close() {
        kv.close();
    }

    @Test
    void answersAsRedisDoes() throws Exception {
        for (Exchange exchange : Conversation.read()) {
            String answer = kv.send(KvClient.ascii(exchange.said()));
            check(exchange, answer, "whole");
        }
    }

    @Test
    void answersTheSameToSingleBytes() throws Exception {
        for (Exchange exchange : Conversation.read()) {
            StringBuilder answer = new StringBuilder();
            for (byte b : KvClient.ascii(exchange.said())) {
                if (!kv.os.isClosed(kv.client)) {
                    answer.append(kv.send(new byte[] {b}));
                }
            }
            check(exchange, answer.toString(), "byte by byte");
        }
    }

    @Test
    void answersTheSameHoweverTheBytesAreCut() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            for (Exchange exchange : Conversation.read()) {
                byte[] said = KvClient.ascii(exchange.said());
                List<byte[]> pieces = new ArrayList<>();
                for (int at = 0; at < said.length; ) {
                    int n = 1 + random.nextInt(Math.min(said.length - at, 1 + random.nextInt(30)));
                    pieces.add(java.util.Arrays.copyOfRange(said, at, at + n));
                    at += n;
                }
                String answer;
                if (random.nextBoolean()) {
                    answer = kv.send(pieces.toArray(byte[][]::new)); // a chain in one pop
                } else {
                    StringBuilder parts = new StringBuilder();
                    for (byte[] piece : pieces) {
                        parts.append(kv.os.isClosed(kv.client) ? "" : kv.send(piece));
                    }
                    answer = parts.toString();
                }
                check(exchange, answer, "seed " + seed);
            }
        }
    }

    /** Everything that does not close, sent at once: the replies come in order, and in far fewer pushes. */
    @Test
    void answersAPipelineInOrder() throws Exception {
        StringBuilder said = new StringBuilder();
        StringBuilder expected = new StringBuilder();
        for (Exchange exchange : Conversation.read()) {
            if (!exchange.closes()) {
                said.append(exchange.said());
                expected.append(exchange.answer());
            }
        }
        assertThat(kv.send(KvClient.ascii(said.toString()))).isEqualTo(expected.toString());
    }

    private void check(Exchange exchange, String answer, String how) {
        assertThat(answer).as("%s, %s", exchange.said(), how).isEqualTo(exchange.answer());
        assertThat(kv.os.isClosed(kv.client))
                .as("closed after %s, %s", exchange.said(), how)
                .isEqualTo(exchange.closes());
        if (exchange.closes()) {
            kv.client = kv.os.connect();
        }
    }
}
