package io.penstock.datapath;

/** Work for {@link LibOs#execute} that has to know if it will never run: so that nobody waits for it for ever. */
public interface StackTask extends Runnable {
    /**
     * The stack was closed before this ran. Called once, in the place of {@link #run}, on the thread that closes the stack or on
     * the one that handed this in at that moment. The stack is closed for it as for all; it must neither block nor throw.
     */
    void abandoned();
}
