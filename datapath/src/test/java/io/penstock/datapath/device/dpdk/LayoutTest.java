package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tables of offsets: what the C compiler says of the installed headers, and what the Java code asks for. */
class LayoutTest {
    private static final Path SOURCES =
            Path.of(System.getProperty("penstock.root"), "datapath/src/main/java/io/penstock/datapath/device/dpdk");

    /** A name in full, or its beginning, to which something is added. */
    private static final Pattern NAME = Pattern.compile("\\.\\s*(offset|sizeOf|constant)\\(\\s*\"([^\"]+)\"\\s*(\\+)?");

    @TempDir
    private Path folder;

    @Test
    void theCompilerSeesWhatStandsInTheTable() throws IOException, URISyntaxException {
        Path source = Path.of(LayoutTest.class.getResource("layout.c").toURI());
        Path program = folder.resolve("layout");
        Compiler.program(source, program, Compiler.dpdkFlags());
        Map<String, Long> printed = new TreeMap<>();
        for (String line : Compiler.run(List.of(program.toString())).lines().toList()) {
            int space = line.indexOf(' ');
            printed.put(line.substring(0, space), Long.parseUnsignedLong(line.substring(space + 1)));
        }
        int installed = installedAbi();
        assertThat(new TreeMap<>(Abi.load(installed).values()))
                .as("the table of ABI %d", installed)
                .isEqualTo(printed);
    }

    /** The headers' own: {@code libdpdk.pc} knows the release, the table of releases knows the ABI. */
    private static int installedAbi() {
        String release =
                Compiler.run(List.of("pkg-config", "--modversion", "libdpdk")).strip();
        return Abi.known().stream()
                .filter(number -> Abi.matches(number, "DPDK " + release))
                .findFirst()
                .orElseThrow(() -> new AssertionError("DPDK " + release + " has no table"));
    }

    @Test
    void allTablesHaveTheSameNames() {
        TreeSet<String> names = new TreeSet<>(Abi.load(23).values().keySet());
        assertThat(names).hasSizeGreaterThan(150);
        for (int number : Abi.known()) {
            assertThat(new TreeSet<>(Abi.load(number).values().keySet()))
                    .as("ABI %d", number)
                    .isEqualTo(names);
        }
    }

    @Test
    void theTablesHaveWhatTheCodeAsksFor() throws IOException {
        List<MatchResult> asked = new ArrayList<>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.toList()) {
                asked.addAll(NAME.matcher(Files.readString(file)).results().toList());
            }
        }
        assertThat(asked).as("places that ask for something").hasSizeGreaterThan(60);
        for (int number : Abi.known()) {
            TreeSet<String> names = new TreeSet<>(Abi.load(number).values().keySet());
            for (MatchResult each : asked) {
                String name = (each.group(1).equals("sizeOf") ? "sizeof." : "") + each.group(2);
                if (each.group(3) == null) {
                    assertThat(names).as("ABI %d", number).contains(name);
                } else {
                    assertThat(names).as("ABI %d: %s...", number, name).anyMatch(known -> known.startsWith(name));
                }
            }
        }
    }

    @Test
    void eachReleaseGoesWithItsAbiAlone() {
        Map<String, Integer> releases = Map.of(
                "DPDK 22.11.11", 23, "DPDK 23.07.0", 23, "DPDK 23.11.5", 24, "DPDK 24.07.0", 24, "DPDK 24.11.1", 25);
        releases.forEach((release, abi) -> {
            for (int number : Abi.known()) {
                assertThat(Abi.matches(number, release))
                        .as(release + " and " + number)
                        .isEqualTo(number == abi);
            }
        });
        assertThat(Abi.known()).containsExactly(25, 24, 23);
        for (String wrong : List.of("DPDK 22.110.0", "DPDK 21.11.0", "22.11.3", "DPDK 122.11.0", "")) {
            assertThat(Abi.matches(23, wrong)).as(wrong).isFalse();
        }
    }
}
