package io.penstock.datapath.counters;

import org.agrona.concurrent.status.CountersReader;

/**
 * Where everything lies in a counters file. Numbers are in the machine's order: the file never leaves it.
 *
 * <pre>
 *      0                       8          12          16                  31
 *     +-----------------------+-----------+-----------+-----------+-----------+
 *   0 |         magic         |  version  |   state   | hdr bytes | meta bytes|   hdr bytes at 16, meta bytes at 20
 *     +-----------+-----------+-----------+-----------+-----------+-----------+
 *  24 |val bytes  |   core    |          pid          |     process start     |
 *     +-----------+-----------+-----------------------+-----------------------+
 *  48 |   server started      |   server closed       |   network namespace   |
 *     +-----------------------+-----------------------+-----------------------+
 *  72 |rem bytes  |   spins   |  free, zero                                    to 127
 *     +-----------------------------------------------------------------------+
 * 128 |  name          int length, then that many bytes of UTF-8               to  255
 * 256 |  device        the same                                                to  511
 * 512 |  address       the same                                                to  767
 * 768 |  mode          the same                                                to 1023
 *1024 |  command line  the same                                                to 4095
 *     +-----------------------------------------------------------------------+
 *4096 |  metadata: one record of 512 bytes a counter, as Agrona's              |
 *     |            CountersManager lays it out (state, type, key, label);      |
 *     |            the type is CounterType's number                            |
 *     +-----------------------------------------------------------------------+
 *     |  values: 128 bytes a counter, the number in the first 8                |
 *     +-----------------------------------------------------------------------+
 *     |  remedies: 384 bytes a counter: int length, then that many bytes of    |
 *     |            UTF-8: why it rises and how to mend it; length 0: nothing   |
 *     +-----------------------------------------------------------------------+
 * </pre>
 *
 * <p>The file appears under its name complete (it is renamed into place), so a reader never sees a half-written header.
 */
public final class CountersFileLayout {
    /** The bytes {@code PENSTOCK} at the beginning of the file. */
    public static final long MAGIC = 0x4b43_4f54_534e_4550L;

    public static final int VERSION = 1;

    /** The server runs, or was killed: then its process is gone. */
    public static final int STATE_RUNNING = 1;
    /** The server ended by itself and will write no more. */
    public static final int STATE_CLOSED = 2;

    public static final int MAGIC_OFFSET = 0;
    public static final int VERSION_OFFSET = 8;
    public static final int STATE_OFFSET = 12;
    public static final int HEADER_LENGTH_OFFSET = 16;
    public static final int METADATA_LENGTH_OFFSET = 20;
    public static final int VALUES_LENGTH_OFFSET = 24;
    /** The core that the loop is pinned to, -1 if to none. */
    public static final int CORE_OFFSET = 28;

    public static final int PID_OFFSET = 32;
    /** Clock ticks since boot when the process began, see {@link ProcessStamp}: tells a reused PID apart. */
    public static final int PROCESS_START_OFFSET = 40;
    /** Milliseconds since 1970. */
    public static final int STARTED_OFFSET = 48;
    /** Milliseconds since 1970; 0 while it is not closed. */
    public static final int CLOSED_OFFSET = 56;
    /** The inode of the network namespace, so that two interfaces of one name are told apart. */
    public static final int NETWORK_NAMESPACE_OFFSET = 64;

    /** 0 in a file of a server that knew no remedies. */
    public static final int REMEDIES_LENGTH_OFFSET = 72;

    /** 1 if the loop keeps its core busy also when there is nothing to do, else 0. */
    public static final int SPINS_OFFSET = 76;

    public static final int NAME_OFFSET = 128;
    public static final int DEVICE_OFFSET = 256;
    public static final int ADDRESS_OFFSET = 512;
    public static final int MODE_OFFSET = 768;
    public static final int COMMAND_LINE_OFFSET = 1024;
    public static final int HEADER_BYTES = 4096;

    /** How many counters a server can have. */
    public static final int CAPACITY = 512;

    public static final int METADATA_BYTES = CAPACITY * CountersReader.METADATA_LENGTH;
    public static final int VALUES_BYTES = CAPACITY * CountersReader.COUNTER_LENGTH;
    /** What one counter's remedy takes, its length included. */
    public static final int REMEDY_BYTES = 384;

    public static final int REMEDIES_BYTES = CAPACITY * REMEDY_BYTES;
    public static final int FILE_BYTES = HEADER_BYTES + METADATA_BYTES + VALUES_BYTES + REMEDIES_BYTES;

    /** What every counters file's name ends with. */
    public static final String SUFFIX = ".counters";

    private CountersFileLayout() {}

    /** How many bytes of text fit the field that begins at {@code offset}. */
    public static int textCapacity(int offset) {
        int end = switch (offset) {
            case NAME_OFFSET -> DEVICE_OFFSET;
            case DEVICE_OFFSET -> ADDRESS_OFFSET;
            case ADDRESS_OFFSET -> MODE_OFFSET;
            case MODE_OFFSET -> COMMAND_LINE_OFFSET;
            case COMMAND_LINE_OFFSET -> HEADER_BYTES;
            default -> throw new IllegalArgumentException("no text begins at " + offset);
        };
        return end - offset - Integer.BYTES;
    }
}
