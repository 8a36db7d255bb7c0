package io.penstock.server.fiber;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** For Java's flight recorder: a fiber has held up its loop. */
@Name("io.penstock.FiberBlocked")
@Label("Fiber Blocked the Loop")
@Category("Penstock")
@Description("A fiber has not waited for anything for so long that packets and all other fibers had to")
@StackTrace(false) // it would be the watchdog's
final class FiberBlockedEvent extends Event {
    @Label("Fiber")
    String fiber;

    @Label("Thread State")
    @Description("RUNNABLE: it runs, or is in a system call. Others: it waits where it cannot leave the loop's thread")
    String state;

    @Label("Held For")
    @Description("At least, when it was found")
    @Timespan
    long heldNanos;

    @Label("Stack")
    String stack;
}
