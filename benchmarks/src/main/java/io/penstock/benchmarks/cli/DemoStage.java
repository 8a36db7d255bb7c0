package io.penstock.benchmarks.cli;

import io.penstock.benchmarks.demo.Demo;
import io.penstock.benchmarks.echo.EchoLab;
import io.penstock.benchmarks.process.Priority;
import io.penstock.benchmarks.process.User;
import io.penstock.testkit.net.TapWire;
import io.penstock.testkit.net.TwinWire;
import io.penstock.testkit.net.Wire;
import io.penstock.testkit.process.Cleanup;
import java.io.PrintWriter;

/** Where the demo is played: in namespaces of its own, as root or inside a user namespace. */
final class DemoStage {
    private DemoStage() {}

    /** Whether this user may make network namespaces and load XDP programs on the machine itself. */
    static boolean isPrivileged() {
        return User.isRoot() && !User.isInUserNamespace();
    }

    /** For whoever is not root: what will be different. */
    static void explain(PrintWriter out) {
        out.println("Not root: the demo runs inside a user namespace of its own, over a TAP device.");
        out.println("There the client's kernel hands packets straight to Penstock, one system call each;");
        out.println("as root it uses AF_XDP, which moves packets of real network cards in bursts.");
        out.flush();
    }

    /**
     * Makes everything that a demo needs; {@code cleanup} takes it down. Client and servers go before what else runs here, as
     * far as this user may have that: half a minute in which each needs a core.
     */
    static Demo set(Cleanup cleanup, boolean insideUserNamespace, PrintWriter out) {
        cleanup.add(Priority.raiseGroupForAWhile());
        Wire wire = cleanup.add(insideUserNamespace ? TapWire.create() : TwinWire.create());
        EchoLab lab = cleanup.add(new EchoLab(wire, cleanup));
        return new Demo(wire, lab, out);
    }
}
