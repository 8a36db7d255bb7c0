package io.penstock.server;

/** What a process runs on a stack: a {@link Server}, or an application around one. */
public interface Service extends Runnable {
    /** Serves until {@link #stop()}. The stack's thread. */
    @Override
    void run();

    /** Ends {@link #run()}. Any thread. */
    void stop();

    /**
     * After {@link #run()}: answers what has come, and ends each stream. The stack's thread, which is to close the stack next.
     *
     * @param drainNanos how long at most; it ends early if the thread is interrupted
     * @return how many connections have not got all
     */
    int finish(long drainNanos);

    /** What it serves, such as {@code tcp 7, udp 7}. */
    String serves();
}
