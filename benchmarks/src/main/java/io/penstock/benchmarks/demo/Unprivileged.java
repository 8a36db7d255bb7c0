package io.penstock.benchmarks.demo;

import io.penstock.benchmarks.process.PenstockCommand;
import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.proc.Exec;
import io.penstock.testkit.process.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The way into a user namespace of one's own, in which everybody is root over a network that nobody else sees. */
public final class Unprivileged {
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final List<String> UNSHARE =
            List.of("unshare", "--user", "--map-root-user", "--net", "--mount", "--propagation", "private", "--");
    /** ip(8) keeps its names of namespaces under /run, which belongs to the machine's root: here it gets its own. */
    private static final String OWN_RUN = "mount -t tmpfs tmpfs /run && exec \"$@\"";

    private Unprivileged() {}

    /**
     * Starts this process anew inside. Does not return.
     *
     * @param what needs it, such as {@code the demo}
     * @throws ConfigurationException if this machine does not let its users do so
     */
    public static void reenter(String what, String... arguments) {
        List<String> probe = new ArrayList<>(UNSHARE);
        probe.add("true");
        if (!Shell.tryRun(probe).isOk()) {
            throw new ConfigurationException(
                    "this machine gives its users no user namespaces, which " + what + " needs without"
                            + " root: run it as root, or allow them (sysctl user.max_user_namespaces=1000, and where it exists"
                            + " kernel.unprivileged_userns_clone=1)");
        }
        if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
            throw new ConfigurationException(
                    TUN + " cannot be opened by this user, and " + what + " without root needs it for"
                            + " its TAP device: run it as root, or let users open it (chmod 0666 " + TUN + ")");
        }
        List<String> command = new ArrayList<>(UNSHARE);
        command.addAll(List.of("sh", "-c", OWN_RUN, "sh"));
        command.addAll(PenstockCommand.of(arguments));
        Exec.become(command);
    }
}
