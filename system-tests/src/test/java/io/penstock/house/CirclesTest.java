package io.penstock.house;

import static io.penstock.house.CompiledModules.CLASSES;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Arrows run one way inside a package, too; a nested class counts as the file it stands in.
 *
 * <p>What a class names in {@code permits} is no arrow: who seals itself must name those below it and uses nothing of theirs.
 */
class CirclesTest {

    @Test
    void classesOfAPackageFormNoCircles() {
        assertThat(circlesByPackage().values().stream().flatMap(List::stream).toList())
                .as("circles among the classes of a package")
                .isEmpty();
    }

    private static Map<String, List<String>> circlesByPackage() {
        Map<String, Map<String, Set<String>>> packages = new TreeMap<>();
        for (JavaClass type : CLASSES) {
            Map<String, Set<String>> files = packages.computeIfAbsent(type.getPackageName(), _ -> new TreeMap<>());
            Set<String> uses = files.computeIfAbsent(outermost(type), _ -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(target -> target.getPackageName().equals(type.getPackageName()))
                    .map(CirclesTest::outermost)
                    .filter(target -> !target.equals(outermost(type)))
                    .forEach(uses::add);
        }
        Map<String, List<String>> circles = new TreeMap<>();
        packages.forEach((name, uses) -> {
            List<String> found = circlesOf(name, uses);
            if (!found.isEmpty()) {
                circles.put(name, found);
            }
        });
        return circles;
    }

    /** Each set of classes that all reach each other, as a line that names them and who uses whom. */
    private static List<String> circlesOf(String packageName, Map<String, Set<String>> uses) {
        Map<String, Set<String>> reached = new TreeMap<>();
        uses.keySet().forEach(type -> reached.put(type, reachableFrom(type, uses)));
        List<String> circles = new ArrayList<>();
        Set<String> told = new TreeSet<>();
        for (String type : uses.keySet()) {
            if (told.contains(type) || !reached.get(type).contains(type)) {
                continue;
            }
            Set<String> circle = new TreeSet<>();
            for (String other : reached.get(type)) {
                if (reached.get(other).contains(type)) {
                    circle.add(other);
                }
            }
            told.addAll(circle);
            circles.add(packageName + ", " + circle.size() + " classes: "
                    + circle.stream()
                            .map(member -> member + " uses "
                                    + uses.get(member).stream()
                                            .filter(circle::contains)
                                            .collect(joining(" ")))
                            .collect(joining("; ")));
        }
        return circles;
    }

    private static Set<String> reachableFrom(String type, Map<String, Set<String>> uses) {
        Set<String> reached = new TreeSet<>();
        List<String> open = new ArrayList<>(uses.get(type));
        while (!open.isEmpty()) {
            String next = open.removeLast();
            if (reached.add(next)) {
                open.addAll(uses.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }

    private static String outermost(JavaClass type) {
        String name = type.getName().substring(type.getName().lastIndexOf('.') + 1);
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }
}
