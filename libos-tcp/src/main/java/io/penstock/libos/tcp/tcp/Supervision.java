package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.config.TcpConfig;

/**
 * What those note of a connection who look after it now and then. No segment of a connection in good order touches it, so it
 * lies apart from what each of them does. Owner's thread.
 */
final class Supervision {
    // ---- {@link SlowPeers}
    /** Since when it is watched, 0 if it is not: SND's end and SND.UNA then, and when SND.UNA moved last. */
    long watchedSinceNanos;

    int watchedEnd;
    int watchedUna;
    long takenNanos;

    // ---- {@link VanishedPeers}: what was known when it was put into the list; when it was asked, how often, when next
    long listedNanos;
    long askedNanos;
    int questions;
    long nextQuestionNanos;

    // ---- {@link UserTimeout}
    /** Since when nothing was acknowledged, NEVER if no timer has run out; and SND.UNA then. */
    long stalledSinceNanos;

    int stalledUna;

    // ---- answers to what may be a guess
    final AnswerBudget challenges = new AnswerBudget();
    /** Apart, so that nobody's guesses use up what a peer's keep-alives need. */
    final AnswerBudget keepAliveAnswers = new AnswerBudget();

    void reset() {
        watchedSinceNanos = 0;
        watchedEnd = 0;
        watchedUna = 0;
        takenNanos = 0;
        listedNanos = 0;
        askedNanos = 0;
        questions = 0;
        nextQuestionNanos = 0;
        stalledSinceNanos = Timers.NEVER;
        stalledUna = 0;
        challenges.reset();
        keepAliveAnswers.reset();
    }

    /** So many answers in an interval, counted for each connection alone (RFC 5961, section 7; CVE-2016-5696). */
    static final class AnswerBudget {
        private long intervalEndNanos;
        private int answers;

        /** Whether one more answer may go. */
        boolean take(long nowNanos, TcpConfig config) {
            if (nowNanos >= intervalEndNanos) {
                intervalEndNanos = nowNanos + config.challengeIntervalNanos();
                answers = 0;
            }
            if (answers == config.challengeAcksPerInterval()) {
                return false;
            }
            answers++;
            return true;
        }

        void reset() {
            intervalEndNanos = 0;
            answers = 0;
        }
    }
}
