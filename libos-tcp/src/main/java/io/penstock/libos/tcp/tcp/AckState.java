package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.config.TcpConfig;

/** Which acknowledgements a connection owes its peer. Owner's thread. */
final class AckState {
    /** One is owed, and may wait for data to travel with. */
    boolean pending;
    /** One is owed at once. */
    boolean now;
    /** So many segments behind a gap want one each (RFC 5681, section 3.2). */
    int duplicatesOwed;

    int unackedBytes;
    /** What the last one acknowledged. */
    int lastSent;

    final AnswerBudget challenges = new AnswerBudget();
    /** Apart, so that nobody's guesses use up what a peer's keep-alives need. */
    final AnswerBudget keepAliveAnswers = new AnswerBudget();

    void reset() {
        oweNothing();
        lastSent = 0;
        challenges.reset();
        keepAliveAnswers.reset();
    }

    /** None is owed any more. */
    void oweNothing() {
        pending = false;
        now = false;
        duplicatesOwed = 0;
        unackedBytes = 0;
    }

    /** One of all that came, up to here, goes out with the next segment, whatever that is. */
    void sent(int rcvNxt) {
        oweNothing();
        lastSent = rcvNxt;
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
