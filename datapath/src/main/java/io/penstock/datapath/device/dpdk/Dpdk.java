package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The DPDK libraries of this machine, loaded once, with the ABI that they have.
 *
 * <p>All arguments are passed as {@code long}: pointers and integers travel in the same registers, and an address then
 * needs no MemorySegment. The libraries stay loaded until the process ends.
 */
final class Dpdk {
    /** Where a DPDK lies that is not in the system's own directories. */
    static final String DIRECTORY_PROPERTY = "penstock.dpdk.lib";

    /** In the order of their dependencies. */
    private static final List<String> LIBRARIES = List.of("eal", "ring", "mempool", "mbuf", "ethdev");

    private static final List<Path> SYSTEM_DIRECTORIES = Stream.of(
                    "/usr/local/lib/x86_64-linux-gnu",
                    "/usr/local/lib64",
                    "/usr/local/lib",
                    "/usr/lib/x86_64-linux-gnu",
                    "/usr/lib64",
                    "/usr/lib")
            .map(Path::of)
            .toList();

    private static final Linker LINKER = Linker.nativeLinker();

    private static Dpdk loaded;

    private final SymbolLookup symbols;
    private final Abi abi;
    private final String version;
    private final Path directory;

    private Dpdk(SymbolLookup symbols, Abi abi, String version, Path directory) {
        this.symbols = symbols;
        this.abi = abi;
        this.version = version;
        this.directory = directory;
    }

    /**
     * The libraries.
     *
     * @throws ConfigurationException if there are none, or none of a known ABI
     */
    static synchronized Dpdk library() {
        if (loaded == null) {
            String place = System.getProperty(DIRECTORY_PROPERTY, "");
            loaded = load(place.isEmpty() ? SYSTEM_DIRECTORIES : List.of(Path.of(place)));
        }
        return loaded;
    }

    /** @throws ConfigurationException as {@link #library()} */
    static void requireLibrary() {
        Dpdk _ = library();
    }

    static Dpdk load(List<Path> directories) {
        requireKnownArchitecture(System.getProperty("os.arch"));
        List<Integer> found = new ArrayList<>();
        for (Path directory : directories) {
            List<Integer> abis = abisIn(directory);
            Optional<Integer> usable =
                    Abi.known().stream().filter(abis::contains).findFirst();
            if (usable.isPresent()) {
                return open(directory, usable.get());
            }
            found.addAll(abis);
        }
        if (found.isEmpty()) {
            throw new ConfigurationException("dpdk: needs the DPDK libraries, which are not installed: run 'apt-get"
                    + " install dpdk' (Debian, Ubuntu) or 'dnf install dpdk' (Fedora), or say where they are with"
                    + " JAVA_TOOL_OPTIONS=-D" + DIRECTORY_PROPERTY + "=DIRECTORY");
        }
        throw new ConfigurationException("the DPDK that is installed has ABI " + found.getFirst()
                + ", which is not known here:" + " install one of " + Abi.knownInWords());
    }

    static void requireKnownArchitecture(String architecture) {
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
            throw new ConfigurationException(
                    "dpdk: is for x86-64 only, this is " + architecture + ": use another back end, such as afxdp:");
        }
    }

    /** The ABIs of the libraries in a directory, by their sonames. */
    private static List<Integer> abisIn(Path directory) {
        List<Integer> abis = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "librte_eal.so.*")) {
                for (Path file : files) {
                    String number = file.getFileName().toString().substring("librte_eal.so.".length());
                    if (number.matches("\\d{1,4}")) {
                        abis.add(Integer.parseInt(number));
                    }
                }
            } catch (IOException _) {
                return List.of(); // a directory that cannot be read has none for us
            }
        }
        return abis;
    }

    @SuppressWarnings("restricted") // loading a library is what this class is for
    private static Dpdk open(Path directory, int abiNumber) {
        SymbolLookup all = _ -> Optional.empty();
        for (String library : LIBRARIES) {
            Path file = directory.resolve("librte_" + library + ".so." + abiNumber);
            try {
                all = all.or(SymbolLookup.libraryLookup(file, Arena.global()));
            } catch (IllegalArgumentException _) {
                throw new ConfigurationException("DPDK's library " + file + " cannot be loaded: install the whole of"
                        + " DPDK ('apt-get install dpdk'), or, if it lies in a directory of its own, start with"
                        + " LD_LIBRARY_PATH=" + directory);
            }
        }
        String version = version(all);
        if (!Abi.matches(abiNumber, version)) {
            throw new ConfigurationException("the DPDK in " + directory + " calls itself '" + version
                    + "', which does not go" + " with its ABI " + abiNumber + ": known are " + Abi.knownInWords());
        }
        return new Dpdk(all, Abi.load(abiNumber), version, directory);
    }

    @SuppressWarnings("restricted")
    private static String version(SymbolLookup symbols) {
        MethodHandle function =
                LINKER.downcallHandle(symbols.findOrThrow("rte_version"), FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            return ((MemorySegment) function.invokeExact()).reinterpret(256).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    Abi abi() {
        return abi;
    }

    /** What it calls itself, such as {@code DPDK 22.11.11}. */
    String version() {
        return version;
    }

    /** Where its drivers are: what EAL loads from a directory of its own if they lie elsewhere. */
    Path directory() {
        return directory;
    }

    /** Where an exported variable or function lies. */
    long address(String symbol) {
        return symbols.findOrThrow(symbol).address();
    }

    /** A function with an {@code int} result, negative if it fails. */
    static MethodHandle intFunction(String name, int arguments) {
        return function(name, ValueLayout.JAVA_INT, arguments);
    }

    /** A function with a pointer for a result. */
    static MethodHandle pointerFunction(String name, int arguments) {
        return function(name, ValueLayout.JAVA_LONG, arguments);
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, ValueLayout result, int arguments) {
        return LINKER.downcallHandle(
                library().symbols.findOrThrow(name), FunctionDescriptor.of(result, longs(arguments)));
    }

    @SuppressWarnings("restricted")
    static MethodHandle voidFunction(String name, int arguments, Linker.Option... options) {
        return LINKER.downcallHandle(
                library().symbols.findOrThrow(name), FunctionDescriptor.ofVoid(longs(arguments)), options);
    }

    /**
     * A call through a function pointer, its first argument: short, never blocking, never calling back, so without a
     * transition of the thread's state.
     */
    @SuppressWarnings("restricted")
    static MethodHandle criticalPointer(int arguments) {
        return LINKER.downcallHandle(
                FunctionDescriptor.of(ValueLayout.JAVA_INT, longs(arguments)), Linker.Option.critical(false));
    }

    /** A call through a function pointer, its first argument, that may take its time. */
    @SuppressWarnings("restricted")
    static MethodHandle pointer(int arguments) {
        return LINKER.downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_INT, longs(arguments)));
    }

    private static ValueLayout[] longs(int count) {
        ValueLayout[] layouts = new ValueLayout[count];
        java.util.Arrays.fill(layouts, ValueLayout.JAVA_LONG);
        return layouts;
    }

    /** A handle's {@code invokeExact} declares Throwable although no C function throws: this turns one into a defect. */
    static AssertionError unexpected(Throwable thrown) {
        return new AssertionError("a native call threw", thrown);
    }
}
