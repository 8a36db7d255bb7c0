package io.penstock.libos.tcp.udp;

/** How many frames all queues of a stack keep altogether: no more than so many, so that reception goes on when nobody pops. */
final class QueuedFrames {
    final int most;
    int count;

    QueuedFrames(int most) {
        this.most = most;
    }

    boolean isFull() {
        return count >= most;
    }
}
