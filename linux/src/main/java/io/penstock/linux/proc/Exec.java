package io.penstock.linux.proc;

import io.penstock.linux.RawMemory;
import io.penstock.linux.SystemCallException;
import io.penstock.linux.call.LibraryCall;
import java.lang.foreign.Arena;
import java.util.List;

/** execvp(3): this process becomes another program and keeps its PID, its terminal and whoever waits for it. */
public final class Exec {
    private static final LibraryCall EXECVP = LibraryCall.ofInt("execvp", 2);

    private Exec() {}

    /** Becomes another program; no shutdown hook runs. Comes back only as an exception. */
    public static void become(List<String> command) {
        try (Arena arena = Arena.ofConfined()) {
            long vector = arena.allocate((command.size() + 1L) * Long.BYTES, Long.BYTES)
                    .address();
            for (int i = 0; i < command.size(); i++) {
                RawMemory.putLong(
                        vector + (long) i * Long.BYTES,
                        arena.allocateFrom(command.get(i)).address());
            }
            SystemCallException.check("exec " + command.getFirst(), EXECVP.call(RawMemory.getLong(vector), vector));
        }
    }
}
