package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Things stay small enough to be read in one sitting. */
class SizeTest {

    private static final int MAX_LINES = 600;
    private static final int MAX_CONSTRUCTOR_PARAMETERS = 8;

    @Test
    void noFileIsLongerThanOneSitting() {
        List<String> long_ = Stream.of("src/main/java", "src/test/java")
                .flatMap(folder -> SourceTree.javaFiles(folder).stream())
                .filter(file -> SourceTree.lines(file).size() > MAX_LINES)
                .map(file -> SourceTree.nameOf(file) + " has "
                        + SourceTree.lines(file).size() + " lines")
                .toList();
        assertThat(long_).as("files of more than " + MAX_LINES + " lines").isEmpty();
    }

    @Test
    void noConstructorTakesMoreThanAPersonCanOrder() {
        List<String> crowded = CompiledModules.CLASSES.stream()
                .flatMap(type -> type.getConstructors().stream())
                .filter(constructor -> declaredParameters(constructor) > MAX_CONSTRUCTOR_PARAMETERS)
                .map(JavaConstructor::getFullName)
                .toList();
        assertThat(crowded)
                .as("constructors of more than " + MAX_CONSTRUCTOR_PARAMETERS + " parameters")
                .isEmpty();
    }

    /** Without those that the compiler adds: an enum's name and ordinal, an inner class's outer instance. */
    private static int declaredParameters(JavaConstructor constructor) {
        JavaClass owner = constructor.getOwner();
        int all = constructor.getRawParameterTypes().size();
        if (owner.isEnum()) {
            return all - 2;
        }
        boolean inner = owner.isInnerClass() && !owner.getModifiers().contains(JavaModifier.STATIC);
        return inner ? all - 1 : all;
    }
}
