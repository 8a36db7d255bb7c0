package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/**
 * What a module exports says what it means. The compiler checks that what is written is well formed; that it is written
 * is checked here, as doclint knows only all or nothing: this asks for no {@code @param} that repeats a name.
 */
class ExplainedApiTest {

    @Test
    void exportedTypesAndMethodsHaveJavadoc() throws Exception {
        Set<String> exported = CompiledModules.descriptors().stream()
                .flatMap(descriptor -> descriptor.exports().stream())
                .filter(exports -> !exports.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        assertThat(exported).isNotEmpty();

        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Path> files = SourceTree.javaFiles("src/main/java");
        List<String> unexplained = new ArrayList<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            DocTrees docs = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                if (unit.getPackageName() != null
                        && exported.contains(unit.getPackageName().toString())) {
                    new Reader(docs, unexplained).scan(unit, null);
                }
            }
        }
        assertThat(unexplained)
                .as("public types and methods of exported packages without Javadoc")
                .isEmpty();
    }

    /** Goes through what is visible from outside, and notes what has no comment. */
    private static final class Reader extends TreePathScanner<Void, Void> {

        private final DocTrees docs;
        private final List<String> unexplained;
        private String type = "";
        private boolean inInterface;

        Reader(DocTrees docs, List<String> unexplained) {
            this.docs = docs;
            this.unexplained = unexplained;
        }

        @Override
        public Void visitClass(ClassTree tree, Void unused) {
            if (!isVisible(tree.getModifiers())) {
                return null;
            }
            String outerType = type;
            boolean outerIsInterface = inInterface;
            type = type.isEmpty()
                    ? getCurrentPath().getCompilationUnit().getPackageName() + "." + tree.getSimpleName()
                    : type + "." + tree.getSimpleName();
            note(type);
            inInterface = switch (tree.getKind()) {
                case INTERFACE, ANNOTATION_TYPE -> true;
                default -> false;
            };
            super.visitClass(tree, null);
            type = outerType;
            inInterface = outerIsInterface;
            return null;
        }

        @Override
        public Void visitMethod(MethodTree tree, Void unused) {
            boolean constructor = tree.getReturnType() == null;
            boolean inherits = tree.getModifiers().getAnnotations().stream()
                    .anyMatch(annotation ->
                            annotation.getAnnotationType().toString().equals("Override"));
            // One statement under a good name explains itself.
            boolean plain =
                    tree.getBody() != null && tree.getBody().getStatements().size() <= 1;
            if (isVisible(tree.getModifiers()) && !constructor && !inherits && !plain) {
                note(type + "." + tree.getName());
            }
            return null; // what stands inside a method is nobody's business
        }

        private boolean isVisible(ModifiersTree modifiers) {
            Set<Modifier> flags = modifiers.getFlags();
            if (inInterface) {
                return !flags.contains(Modifier.PRIVATE);
            }
            return flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
        }

        private void note(String name) {
            String comment = docs.getDocComment(getCurrentPath());
            if (comment == null || comment.isBlank()) {
                unexplained.add(name);
            }
        }
    }
}
