package io.penstock.libos.tcp.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.congestion.AckSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is under way, against a list that knows each byte, from seeds; and what acknowledgements teach. */
class SendMapTest {
    private static final int MSS = 1_000;
    private static final long MILLI = 1_000_000;

    private final SendMap map = new SendMap();
    private final Delivery delivery = new Delivery();
    private final AckSample sample = new AckSample();
    private int una = 0xffff_ff00; // numbers pass zero
    private int nxt = una;

    private void send(int bytes, long now) {
        map.sent(nxt, nxt + bytes, now, delivery);
        nxt += bytes;
    }

    private void acknowledge(int bytes, long now) {
        sample.begin(now, nxt - una);
        sample.acked = bytes;
        una += bytes;
        map.acknowledge(una, sample);
        delivery.arrived(sample);
    }

    /** Sends what is lost again, in packets of at most so many bytes. Returns how long each was. */
    private List<Integer> sendLost(int most, long now) {
        List<Integer> lengths = new ArrayList<>();
        while (map.hasLost()) {
            int p = map.firstLost();
            int length = Math.min(most, map.lostUpTo(p) - map.sequence(p));
            map.sentAgain(p, length, now, delivery);
            lengths.add(length);
        }
        return lengths;
    }

    @Test
    void doesWhatAListOfBytesDoes() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            SendMap tested = new SendMap();
            boolean[] lost = new boolean[200_000];
            int start = random.nextInt();
            int from = 0;
            int to = 0;
            for (int step = 0; step < 300; step++) {
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        int length = 1 + random.nextInt(3 * MSS);
                        if (to + length < lost.length) {
                            tested.sent(start + to, start + to + length, step, delivery);
                            to += length;
                        }
                    }
                    case 2 -> {
                        int bytes = to == from ? 0 : random.nextInt(to - from + 1);
                        sample.begin(step, to - from);
                        from += bytes;
                        tested.acknowledge(start + from, sample);
                    }
                    case 3 -> {
                        if (random.nextInt(4) == 0) {
                            tested.allIsLost();
                            java.util.Arrays.fill(lost, from, to, true);
                        } else {
                            tested.firstIsLost(MSS);
                            java.util.Arrays.fill(lost, from, Math.min(to, from + MSS), true);
                        }
                    }
                    default -> {
                        if (tested.hasLost()) {
                            int p = tested.firstLost();
                            int at = tested.sequence(p) - start;
                            int length = Math.min(1 + random.nextInt(2 * MSS), tested.lostUpTo(p) - tested.sequence(p));
                            for (int i = from; i < at; i++) {
                                assertThat(lost[i])
                                        .as("seed %d: an earlier one is lost", seed)
                                        .isFalse();
                            }
                            for (int i = at; i < at + length; i++) {
                                assertThat(lost[i]).as("seed %d: is lost", seed).isTrue();
                                lost[i] = false;
                            }
                            tested.sentAgain(p, length, step, delivery);
                        }
                    }
                }
                int count = 0;
                for (int i = from; i < to; i++) {
                    count += lost[i] ? 1 : 0;
                }
                assertThat(tested.lostBytes())
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(count);
                assertThat(tested.isEmpty()).as("seed %d", seed).isEqualTo(from == to);
            }
        }
    }

    @Test
    void whatIsLostGoesAgainTogetherHoweverSmallItsPacketsWere() {
        for (int i = 0; i < 10; i++) {
            send(300, 0);
        }
        map.allIsLost();

        assertThat(sendLost(MSS, MILLI)).containsExactly(1_000, 1_000, 1_000);
        assertThat(map.lostBytes()).isZero();
    }

    @Test
    void ofALargePacketTheFirstSegmentIsLost() { // one that the device has cut
        send(5 * MSS, 0);
        map.firstIsLost(MSS);

        assertThat(map.lostBytes()).isEqualTo(MSS);
        assertThat(sendLost(MSS, MILLI)).containsExactly(MSS);
        acknowledge(5 * MSS, 2 * MILLI);
        assertThat(map.isEmpty()).isTrue();
    }

    @Test
    void theNewestPacketIsMeasured() {
        send(MSS, 0);
        send(MSS, 3 * MILLI);
        acknowledge(2 * MSS, 10 * MILLI);

        assertThat(sample.rttNanos).isEqualTo(7 * MILLI);
    }

    @Test
    void aPartOfAPacketMeasuresAsTheWhole() {
        send(3 * MSS, 0);
        acknowledge(MSS, 4 * MILLI);

        assertThat(sample.rttNanos).isEqualTo(4 * MILLI);
        assertThat(map.isEmpty()).isFalse();
    }

    @Test
    void whatWentTwiceMeasuresNothingNorWhatWaitedForIt() { // Karn
        send(MSS, 0);
        send(MSS, 0);
        map.firstIsLost(MSS);
        sendLost(MSS, 50 * MILLI);
        acknowledge(2 * MSS, 60 * MILLI);

        assertThat(sample.rttNanos).isEqualTo(AckSample.NONE);
    }

    @Test
    void aProbeOfTheFirstMakesItAmbiguous() {
        send(MSS, 0);
        map.firstIsAmbiguous();
        acknowledge(MSS, MILLI);

        assertThat(sample.rttNanos).isEqualTo(AckSample.NONE);
    }

    @Test
    void countsHowOftenAPacketWent() {
        send(MSS, 0);
        for (int i = 1; i <= 3; i++) {
            map.allIsLost();
            int p = map.firstLost();
            map.sentAgain(p, MSS, i * MILLI, delivery);
            assertThat(map.timesSent(p)).isEqualTo(1 + i);
        }
    }

    @Test
    void theRateIsThatOfTheLongerOfSendingAndAcknowledging() { // a link of one segment in 2 ms
        delivery.beginFlight(0);
        for (int i = 0; i < 10; i++) {
            send(MSS, 0);
        }
        for (int i = 1; i <= 10; i++) {
            acknowledge(MSS, (10 + 2L * i) * MILLI);
        }
        assertThat(sample.delivered).isEqualTo(10L * MSS);
        long perSecond = 10L * MSS * 1_000 / 30; // the flight began 30 ms ago
        assertThat(sample.rate()).isBetween(perSecond * 99 / 100, perSecond * 101 / 100);
        assertThat(sample.appLimited).isFalse();
    }

    @Test
    void whatWentWhileTheApplicationHadNothingMoreIsMarked() {
        delivery.beginFlight(0);
        send(MSS, 0);
        delivery.appIsLimiting(MSS);
        send(MSS, 0);
        acknowledge(MSS, MILLI);
        assertThat(sample.appLimited).isFalse();
        acknowledge(MSS, 2 * MILLI);
        assertThat(sample.appLimited).isTrue();
        send(MSS, 3 * MILLI);
        acknowledge(MSS, 4 * MILLI);
        assertThat(sample.appLimited).as("all of that has arrived").isFalse();
    }

    @Test
    void asNewAfterAReset() {
        for (int i = 0; i < 1_000; i++) {
            send(MSS, 0);
        }
        map.allIsLost();
        map.reset();

        assertThat(map.isEmpty()).isTrue();
        assertThat(map.hasLost()).isFalse();
        send(MSS, 0);
        assertThat(map.size()).isEqualTo(1);
    }
}
