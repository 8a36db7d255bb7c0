package io.penstock.libos.tcp.ipv4;

/** What stands in a {@link DestinationTable}: a peer, and the table's own notes. */
abstract sealed class Destination permits Ipv4Path {
    private int remote;
    /** Where it stands among those that nobody keeps. */
    int idleIndex;
    /** Whether it was asked for lately. */
    boolean wanted;

    Destination nextSpare;

    /** The peer's address. */
    public final int remote() {
        return remote;
    }

    final void remote(int peer) {
        remote = peer;
    }
}
