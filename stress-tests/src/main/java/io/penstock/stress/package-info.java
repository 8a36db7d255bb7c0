/**
 * What must hold between the thread that owns a frame pool and those that only hold buffers, as jcstress tests.
 *
 * <p>jcstress makes thousands of states, has each of two threads run through all of them in step, and counts what came
 * out. On any machine that means two threads at a time: the owner and one other, or two others while the owner waits
 * (then the arbiter, which runs when both are done, is the owner). What may come out is said with each test; anything
 * else is forbidden.
 *
 * <p>Mapping memory for each state would leave a few thousand samples a second. So {@link io.penstock.stress.FewFrames}
 * are used again: the arbiter, which runs just before the next state is made, puts them back, and only the first turn of
 * a JVM maps anything.
 */
package io.penstock.stress;
