package io.penstock.benchmarks.siege;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.penstock.benchmarks.load.LoadException;
import java.util.List;
import java.util.concurrent.Callable;

/** The process in the client's namespace: attackers and honest clients in one. */
public final class SiegeClient {
    private SiegeClient() {}

    /**
     * Runs one siege.
     *
     * @param name what {@link SiegeBench} calls it
     * @param server the server's address and port
     * @param device the interface on which attackers send
     * @param serverPid the server's process
     * @param newcomers local addresses that the server does not know yet
     * @return what was measured, as one line
     */
    public static String run(String name, String server, String device, long serverPid, List<String> newcomers) {
        Target target = Target.parse(server);
        Callable<ObjectNode> siege = KvSiege.NAMES.contains(name)
                ? KvSiege.scenario(name, target, serverPid)
                : EchoSiege.scenario(name, target, device, newcomers.toArray(String[]::new));
        try {
            return siege.call().toString();
        } catch (Exception e) {
            throw new LoadException("siege " + name + ": " + e.getMessage());
        }
    }
}
