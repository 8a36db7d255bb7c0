package io.penstock.house;

import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.BindingPatternTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Name;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Finds variables that have a name by which nobody reads them: locals, and the parameters of lambdas, catch clauses, loops
 * and patterns. It reads sources without resolving names, so a namesake in the same scope counts as a use.
 */
final class UnusedNames extends TreePathScanner<Void, Void> {
    private final List<String> found = new ArrayList<>();
    private final CompilationUnitTree unit;
    private final SourcePositions positions;

    private UnusedNames(CompilationUnitTree unit, SourcePositions positions) {
        this.unit = unit;
        this.positions = positions;
    }

    /** Each such variable, as {@code file:line name}. */
    static List<String> in(List<Path> files) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> found = new ArrayList<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                UnusedNames names = new UnusedNames(unit, positions);
                names.scan(unit, null);
                found.addAll(names.found);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    @Override
    public Void visitVariable(VariableTree variable, Void nothing) {
        Tree scope = scope(getCurrentPath());
        if (scope != null && !variable.getName().isEmpty() && !isNamed(variable.getName(), scope)) {
            long line = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, variable));
            Path file = Path.of(unit.getSourceFile().toUri());
            found.add(SourceTree.nameOf(file) + ":" + line + " " + variable.getName());
        }
        return super.visitVariable(variable, null);
    }

    /** Where a variable can be named, or null if it must have a name: a field's, a method's parameter. */
    private static Tree scope(TreePath variable) {
        TreePath parent = variable.getParentPath();
        return switch (parent.getLeaf()) {
            case ClassTree _, MethodTree _ -> null;
            case CatchTree clause -> clause.getBlock();
            case LambdaExpressionTree lambda -> lambda.getBody();
            case EnhancedForLoopTree loop -> loop.getStatement();
            case BindingPatternTree _ -> member(parent, true);
            default -> member(parent, false);
        };
    }

    /** The method, initializer or lambda around a variable; for one of a pattern, the case that it labels. */
    private static Tree member(TreePath inner, boolean ofPattern) {
        TreePath path = inner;
        while (!(path.getParentPath().getLeaf() instanceof ClassTree)
                && !(path.getLeaf() instanceof LambdaExpressionTree)
                && !(ofPattern && path.getLeaf() instanceof CaseTree)) {
            path = path.getParentPath();
        }
        return path.getLeaf();
    }

    private static boolean isNamed(Name name, Tree scope) {
        return Boolean.TRUE.equals(new Uses(name).scan(scope, null));
    }

    /** Whether a name is read. To assign is not to read. */
    private static final class Uses extends TreeScanner<Boolean, Void> {
        private final Name name;

        Uses(Name name) {
            this.name = name;
        }

        @Override
        public Boolean visitAssignment(AssignmentTree assignment, Void nothing) {
            return assignment.getVariable() instanceof IdentifierTree
                    ? scan(assignment.getExpression(), null)
                    : super.visitAssignment(assignment, null);
        }

        @Override
        public Boolean visitIdentifier(IdentifierTree identifier, Void nothing) {
            return identifier.getName().equals(name);
        }

        @Override
        public Boolean reduce(Boolean a, Boolean b) {
            return Boolean.TRUE.equals(a) || Boolean.TRUE.equals(b);
        }
    }
}
