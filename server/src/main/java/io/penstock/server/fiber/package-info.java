/**
 * Fibers: code that waits where it stands, on the poll thread of a stack.
 *
 * <p>A {@linkplain io.penstock.server.fiber.FiberLoop loop} runs any number of virtual threads on the one thread that owns a
 * {@link io.penstock.datapath.LibOs}. {@link io.penstock.server.fiber.Connection#read} looks like a call that blocks: the fiber
 * parks, the loop goes on, and the fiber continues where it was when the operation's token completes. Nothing runs at the same
 * time as anything else on the loop, so that what fibers of one loop share needs no lock as long as nobody waits in between.
 *
 * <pre>
 *   FiberLoop     waitNext -&gt; Connection.completed -&gt; RunQueue -&gt; fibers run -&gt; Connection.advance (push, pop) -&gt; waitNext
 *
 *   RunTask, RunQueue      who is ready to run, from this thread and others
 *   FiberThread            a virtual thread, and what it waits for
 *   Carrier                what fibers and loop share: the stack, timers, what is to be done between two runs
 *   Listener, Connection   the state of a queue; they alone call the stack, and always on the loop
 *   FiberScope, Fiber      who started whom, and what became of it
 * </pre>
 *
 * <p><b>The stack's thread.</b> A fiber is another thread than the loop's, so it never calls the stack: it notes what it wants, and
 * the loop calls the stack when the fiber has yielded. So no fiber can be unmounted in the middle of the stack. The one exception
 * is memory: while a fiber runs, the stack's frames belong to it ({@link io.penstock.memory.BufferPool#ownedBy}), and it
 * allocates and releases at full speed.
 */
package io.penstock.server.fiber;
