package io.penstock.testkit;

import io.penstock.testkit.net.LeftOvers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What this process has of the kernel: taken before a test and again after it, the difference is what the test left behind.
 *
 * <p>Only what devices and stacks open is counted: the virtual machine opens files and maps memory as it likes.
 *
 * @param descriptors sockets, XDP and BPF objects, TUN devices, event queues
 * @param mappings of device rings and of pinned regions
 * @param hugePagesKib huge pages of any size that it has mapped and touched
 * @param lockFiles of interfaces, in this process's name
 * @param namespaces that it made with the test kit
 * @param children processes that this one started and that live
 */
public record Holdings(
        long descriptors,
        long mappings,
        long hugePagesKib,
        List<String> lockFiles,
        List<String> namespaces,
        List<Long> children) {
    private static final Path LOCKS = Path.of("/run/penstock");
    private static final List<String> DESCRIPTORS =
            List.of("bpf", "eventpoll", "eventfd", "afxdp-", "net/tun", "penstock-region");
    private static final String HUGE_PAGES = "HugetlbPages:";
    private static final List<String> MAPPINGS = List.of("socket:", "penstock-region");

    static {
        // The class library keeps a socket of its own from its first one on, which no test leaves behind.
        try {
            SocketChannel.open().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Counts now. */
    public static Holdings now() {
        return new Holdings(
                countDescriptors(),
                countMappings(),
                countHugePagesKib(),
                ownLockFiles(),
                ownNamespaces(),
                ProcessHandle.current()
                        .children()
                        .map(ProcessHandle::pid)
                        .sorted()
                        .toList());
    }

    /** Fails, naming all that differs, unless there is exactly as much as there was before. */
    public static void assertSameAs(Holdings before) {
        Holdings now = now();
        if (!now.equals(before)) {
            throw new AssertionError("left behind: " + now.differencesFrom(before));
        }
    }

    /** What differs, as before and after, by name. */
    public Map<String, String> differencesFrom(Holdings before) {
        Map<String, String> differences = new TreeMap<>();
        note(differences, "descriptors", before.descriptors, descriptors);
        note(differences, "mappings", before.mappings, mappings);
        note(differences, "huge pages (KiB)", before.hugePagesKib, hugePagesKib);
        note(differences, "lock files", before.lockFiles, lockFiles);
        note(differences, "namespaces", before.namespaces, namespaces);
        note(differences, "children", before.children, children);
        return differences;
    }

    private static void note(Map<String, String> differences, String name, Object before, Object after) {
        if (!before.equals(after)) {
            differences.put(name, before + " before, " + after + " after");
        }
    }

    private static long countDescriptors() {
        return withFiles(
                Path.of("/proc/self/fd"),
                all -> all.map(Holdings::target)
                        .filter(target -> target.startsWith("socket:") || containsAny(target, DESCRIPTORS))
                        .count());
    }

    private static boolean containsAny(String text, List<String> parts) {
        return parts.stream().anyMatch(text::contains);
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException _) {
            return ""; // closed in between
        }
    }

    private static long countMappings() {
        return lines("maps").filter(line -> containsAny(line, MAPPINGS)).count();
    }

    private static long countHugePagesKib() {
        return lines("status")
                .filter(line -> line.startsWith(HUGE_PAGES))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    private static Stream<String> lines(String file) {
        try {
            return Files.readAllLines(Path.of("/proc/self", file)).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> ownNamespaces() {
        return LeftOvers.namespacesOf(ProcessHandle.current().pid());
    }

    private static List<String> ownLockFiles() {
        String pid = Long.toString(ProcessHandle.current().pid());
        Predicate<Path> ours = path -> {
            try {
                return Files.readString(path).strip().equals(pid);
            } catch (IOException _) {
                return false; // gone in between, or another user's
            }
        };
        return withFiles(
                LOCKS, all -> all.filter(ours).map(Path::toString).sorted().toList());
    }

    private static <T> T withFiles(Path folder, Function<Stream<Path>, T> use) {
        try (Stream<Path> all = Files.list(folder)) {
            return use.apply(all);
        } catch (NoSuchFileException _) {
            return use.apply(Stream.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
