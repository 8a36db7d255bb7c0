package io.penstock.datapath.counters;

/**
 * What a counters file says about the server it belongs to.
 *
 * @param name what kind of server, such as {@code echo}: letters, digits and hyphens, at most 32
 * @param device the device as the operator named it, such as {@code afxdp:vb}; several are joined by {@link #AND}
 * @param address the stack's address with its prefix length; empty if it has none
 * @param core the core that the loop is pinned to, -1 if to none
 * @param spins whether the loop keeps its core busy also when there is nothing to do
 */
public record ServerIdentity(String name, String device, String address, int core, boolean spins) {
    /** Stands between the devices of a server that has several. */
    public static final String AND = " <-> ";

    private static final int MAX_NAME_LENGTH = 32;

    public ServerIdentity {
        if (!name.matches("[A-Za-z0-9-]{1," + MAX_NAME_LENGTH + "}")) {
            throw new IllegalArgumentException(
                    "a server's name is 1 to " + MAX_NAME_LENGTH + " letters, digits and hyphens, not '" + name + "'");
        }
    }

    /** Of a server that sleeps when there is nothing to do. */
    public ServerIdentity(String name, String device, String address, int core) {
        this(name, device, address, core, false);
    }

    /** The same server under another name. */
    public ServerIdentity named(String otherName) {
        return new ServerIdentity(otherName, device, address, core, spins);
    }

    /** A name for a server that was given none: that of the program which runs in this process. */
    public static String programName() {
        String command = System.getProperty("sun.java.command", "").strip();
        String program = command.split("\\s+", 2)[0];
        // A class, a module and its class, or a JAR file: what remains is the simple name.
        program = program.substring(program.lastIndexOf('/') + 1);
        program = program.endsWith(".jar") ? program.substring(0, program.length() - 4) : program;
        program = program.substring(program.lastIndexOf('.') + 1).replaceAll("[^A-Za-z0-9-]", "-");
        program = program.substring(0, Math.min(program.length(), MAX_NAME_LENGTH));
        return program.isEmpty() ? "java" : program;
    }
}
