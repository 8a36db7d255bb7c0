package io.penstock.libos.tcp.udp;

/** How many frames all queues of a stack keep altogether: no more than so many, so that reception goes on when nobody pops. */
final class QueuedFrames {
    final int max;
    int count;

    QueuedFrames(int max) {
        this.max = max;
    }

    boolean isFull() {
        return count >= max;
    }
}
