package io.penstock.libos.tcp.tcp;

/** Chooses local ports so that nobody outside can guess the next one (RFC 6056, algorithm 3). */
final class EphemeralPorts {
    private final TcpCore core;
    private final int low;
    private final int count;
    private int next;

    EphemeralPorts(TcpCore core) {
        this.core = core;
        low = core.config.ephemeralLow();
        count = core.config.ephemeralHigh() - low + 1;
    }

    private int start(long localHigh, long localLow, long remoteHigh, long remoteLow, int remotePort) {
        // A word that no initial sequence number is made from: ports and numbers must not tell of each other.
        long hash = core.initialSequence.hash(localHigh, localLow, remoteHigh, remoteLow, -1L - remotePort);
        return (int) Long.remainderUnsigned(hash, count);
    }

    /** A port from which no connection leads to this peer, or 0 if there is none. */
    int forConnection(long localHigh, long localLow, long remoteHigh, long remoteLow, int remotePort) {
        int start = start(localHigh, localLow, remoteHigh, remoteLow, remotePort);
        for (int i = 0; i < count; i++) {
            int port = low + (start + next) % count;
            next = (next + 1) % count;
            if (core.boundPorts.isUnused(port)
                    && core.isUnused(localHigh, localLow, remoteHigh, remoteLow, FourTuple.ports(port, remotePort))) {
                return port;
            }
        }
        return 0;
    }

    /** A port that no socket is bound to, or 0 if there is none. */
    int forBinding(long localHigh, long localLow) {
        int start = start(localHigh, localLow, 0, 0, 0);
        for (int i = 0; i < count; i++) {
            int port = low + (start + next) % count;
            next = (next + 1) % count;
            if (core.boundPorts.isUnused(port)) {
                return port;
            }
        }
        return 0;
    }
}
