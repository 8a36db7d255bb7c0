package io.penstock.benchmarks.echo;

import java.util.ArrayList;
import java.util.List;

/** A load: what goes, how large, on how many connections. */
public record Scenario(String transport, int sizeBytes, int connections) {
    public static final Scenario TCP_64_1 = new Scenario("tcp", 64, 1);
    public static final Scenario TCP_64_64 = new Scenario("tcp", 64, 64);

    /** All that are measured over one transport. */
    public static List<Scenario> over(String transport) {
        List<Scenario> all = new ArrayList<>();
        for (int connections : new int[] {1, 64}) {
            for (int size : new int[] {64, 1024}) {
                all.add(new Scenario(transport, size, connections));
            }
        }
        return all;
    }

    @Override
    public String toString() {
        return transport + ", " + sizeBytes + " B, " + connections
                + (connections == 1 ? " connection" : " connections");
    }
}
