package io.penstock.benchmarks.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.penstock.memory.os.Libc;
import io.penstock.memory.os.RawMemory;
import io.penstock.memory.os.SystemCallException;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** execvp(3): this process becomes another program and keeps its PID, its terminal and whoever waits for it. */
public final class Exec {
    private static final MethodHandle EXECVP = Libc.function("execvp", JAVA_INT, 2);

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
            int ignored = (int) EXECVP.invokeExact(Libc.errnoState(), RawMemory.getLong(vector), vector);
            throw new SystemCallException("exec " + command.getFirst(), Libc.errno());
        } catch (SystemCallException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }
}
