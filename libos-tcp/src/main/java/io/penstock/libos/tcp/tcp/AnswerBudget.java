package io.penstock.libos.tcp.tcp;

import io.penstock.libos.tcp.config.TcpConfig;

/** So many answers in an interval, counted for each connection alone (RFC 5961, section 7; CVE-2016-5696). */
final class AnswerBudget {
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
