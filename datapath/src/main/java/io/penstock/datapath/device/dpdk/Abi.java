package io.penstock.datapath.device.dpdk;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * Where the fields of DPDK's structures lie, and what its constants are, in one version of its binary interface.
 *
 * <p>DPDK promises that a library keeps its ABI for a year and says which by its soname ({@code librte_eal.so.23}). Each
 * has a table, {@code abi-NN.layout}, printed by a C program from the headers of that version; a test does so again.
 */
final class Abi {
    /** An ABI and the releases that have it. */
    private record Version(int number, List<String> releases) {}

    /** The newest first. */
    private static final List<Version> KNOWN = List.of(
            new Version(25, List.of("24.11", "25.03", "25.07")),
            new Version(24, List.of("23.11", "24.03", "24.07")),
            new Version(23, List.of("22.11", "23.03", "23.07")));

    private final int number;
    private final Map<String, Long> values;

    private Abi(int number, Map<String, Long> values) {
        this.number = number;
        this.values = values;
    }

    /** The numbers of those that there is a table for, the newest first. */
    static List<Integer> known() {
        return KNOWN.stream().map(Version::number).toList();
    }

    /** Known ABIs and their releases, for messages. */
    static String knownInWords() {
        return String.join(
                ", ",
                KNOWN.stream()
                        .map(v -> v.releases.getFirst() + " (ABI " + v.number + ")")
                        .toList());
    }

    /**
     * Whether a library of this ABI may call itself so.
     *
     * @param number from the soname
     * @param rteVersion what {@code rte_version()} says, such as {@code DPDK 22.11.11}
     */
    static boolean matches(int number, String rteVersion) {
        return KNOWN.stream()
                .filter(v -> v.number == number)
                .flatMap(v -> v.releases.stream())
                .anyMatch(release -> rteVersion.matches("DPDK " + release.replace(".", "\\.") + "(\\..*)?"));
    }

    /** The table of a known ABI. */
    static Abi load(int number) {
        String name = "abi-" + number + ".layout";
        try (InputStream in = Abi.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new NoSuchElementException(name);
            }
            Map<String, Long> values = new HashMap<>();
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int space = line.indexOf(' ');
                values.put(line.substring(0, space), Long.parseUnsignedLong(line.substring(space + 1)));
            }
            return new Abi(number, values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int number() {
        return number;
    }

    /** Where a field lies, such as {@code rte_mbuf.data_off}. */
    int offset(String structureAndField) {
        return (int) value(structureAndField);
    }

    /** How long a structure is. */
    int sizeOf(String structure) {
        return (int) value("sizeof." + structure);
    }

    /** A constant by its name in C. */
    long constant(String name) {
        return value(name);
    }

    private long value(String name) {
        Long value = values.get(name);
        if (value == null) {
            throw new NoSuchElementException("ABI " + number + " has no " + name);
        }
        return value;
    }

    Map<String, Long> values() {
        return Map.copyOf(values);
    }
}
