package io.penstock.benchmarks.way;

import io.penstock.benchmarks.way.Entered.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** What was recorded of each way. */
final class WayFigures {
    private static final String ALL = "io.penstock.";

    private final IntFunction<Site> sites;
    private final Map<Way, List<int[]>> passages = new EnumMap<>(Way.class);

    /** @param sites what the numbers of a passage stand for */
    WayFigures(IntFunction<Site> sites) {
        this.sites = sites;
    }

    void add(Way way, int[] passed) {
        passages.computeIfAbsent(way, _ -> new ArrayList<>()).add(passed);
    }

    /** How many passages of a way there were. */
    int count(Way way) {
        return of(way).size();
    }

    /** How many of them entered the same files as the typical one. */
    int alike(Way way) {
        return typicalOnes(way).size();
    }

    /** The files that most passages of a way enter, in the order in which they are reached first. */
    List<Entered> typical(Way way) {
        Set<Integer> everyTurn =
                of(Way.EMPTY_TURN).stream().flatMapToInt(Arrays::stream).boxed().collect(Collectors.toSet());
        Map<String, List<Integer>> files = new LinkedHashMap<>();
        for (int site : typicalOnes(way).getFirst()) {
            files.computeIfAbsent(sites.apply(site).file(), _ -> new ArrayList<>())
                    .add(site);
        }
        List<Entered> entered = new ArrayList<>();
        files.forEach((file, passed) -> {
            List<String> members = passed.stream()
                    .map(site -> sites.apply(site).member())
                    .distinct()
                    .toList();
            entered.add(new Entered(shortened(file), members, kind(passed, everyTurn)));
        });
        return entered;
    }

    private Kind kind(List<Integer> passed, Set<Integer> everyTurn) {
        if (everyTurn.containsAll(passed)) {
            return Kind.TURN;
        }
        return passed.stream().anyMatch(site -> sites.apply(site).decides()) ? Kind.DECIDES : Kind.HOLDS;
    }

    private List<int[]> of(Way way) {
        return passages.getOrDefault(way, List.of());
    }

    /** Now and then a passage has more to do, such as to look after tables; those that agree are the typical ones. */
    private List<int[]> typicalOnes(Way way) {
        Map<Set<String>, List<int[]>> alike = new LinkedHashMap<>();
        for (int[] passage : of(way)) {
            Set<String> files = new HashSet<>();
            for (int site : passage) {
                files.add(sites.apply(site).file());
            }
            alike.computeIfAbsent(files, _ -> new ArrayList<>()).add(passage);
        }
        List<int[]> most = List.of();
        for (List<int[]> each : alike.values()) {
            most = each.size() > most.size() ? each : most;
        }
        return most;
    }

    private static String shortened(String file) {
        return file.startsWith(ALL) ? file.substring(ALL.length()) : file;
    }
}
