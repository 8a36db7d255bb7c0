package io.penstock.benchmarks.siege;

import io.penstock.testkit.process.Shell;

/** Loses some of what leaves by an interface of this process's network namespace, by a rule of nftables. */
final class LossyWire implements AutoCloseable {
    private final String device;
    private boolean loses;

    LossyWire(String device) {
        this.device = device;
    }

    void losePercent(int percent) {
        close();
        if (percent > 0) {
            Shell.run("nft", "add table netdev siege");
            loses = true;
            Shell.run(
                    "nft", "add chain netdev siege out { type filter hook egress device " + device + " priority 0 ; }");
            Shell.run("nft", "add rule netdev siege out numgen random mod 100 < " + percent + " drop");
        }
    }

    @Override
    public void close() {
        if (loses) {
            Shell.run("nft", "delete table netdev siege");
            loses = false;
        }
    }
}
