package io.penstock.benchmarks.way;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Has classes tell the {@link Recorder} which methods are entered, and which fields of other files are used. */
final class Instrumenter {
    private static final ClassDesc RECORDER = ClassDesc.of(Recorder.class.getName());
    private static final MethodTypeDesc PASSED = MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
    private static final MethodTypeDesc EVENT = MethodTypeDesc.of(ConstantDescs.CD_void);

    /** Of a {@code PacketQueue}: between them lies what is the stack's alone. */
    private static final String RECEIVES = "rxBurst";

    private static final String SENDS = "txBurst";

    private final ClassFile classFile;
    private final Predicate<String> counted;
    private final List<Site> sites = new ArrayList<>();
    private final Map<Site, Integer> numbers = new HashMap<>();

    /**
     * @param classPath where the classes are found whose place in the hierarchy must be known
     * @param counted whether a class counts whose fields are used, by its name
     */
    Instrumenter(ClassLoader classPath, Predicate<String> counted) {
        this.classFile = ClassFile.of(ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(classPath).orElse(ClassHierarchyResolver.defaultResolver())));
        this.counted = counted;
    }

    /** What a number that was recorded stands for. */
    Site site(int number) {
        return sites.get(number);
    }

    /** The class with calls of the recorder in it. */
    byte[] instrument(byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        String file = fileOf(nameOf(model.thisClass().asSymbol()));
        ClassTransform transform = (builder, element) -> {
            if (element instanceof MethodModel method && method.code().isPresent()) {
                builder.transformMethod(method, MethodTransform.transformingCode(new Calls(file, method)));
            } else {
                builder.with(element);
            }
        };
        return classFile.transformClass(model, transform);
    }

    /** The source file of a class: nested classes stand in that of their outer one. */
    static String fileOf(String className) {
        int nested = className.indexOf('$');
        return nested < 0 ? className : className.substring(0, nested);
    }

    private static String nameOf(ClassDesc type) {
        String descriptor = type.descriptorString();
        return descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
    }

    private int number(Site site) {
        return numbers.computeIfAbsent(site, added -> {
            sites.add(added);
            return sites.size() - 1;
        });
    }

    private static boolean decides(MethodModel method) {
        return method.code().orElseThrow().elementStream().anyMatch(Instrumenter::isBranch);
    }

    /** A jump without a condition is none: it stands behind one, or where an exception is handled. */
    private static boolean isBranch(CodeElement element) {
        return switch (element) {
            case BranchInstruction branch -> branch.opcode() != Opcode.GOTO && branch.opcode() != Opcode.GOTO_W;
            case TableSwitchInstruction _, LookupSwitchInstruction _ -> true;
            default -> false;
        };
    }

    /** What one method's code gets. */
    private final class Calls implements CodeTransform {
        private final String file;
        private final String method;
        private final int entered;

        Calls(String file, MethodModel model) {
            this.file = file;
            this.method = model.methodName().stringValue();
            this.entered = number(new Site(file, method, decides(model)));
        }

        @Override
        public void atStart(CodeBuilder code) {
            if (method.equals(RECEIVES)) {
                code.invokestatic(RECORDER, "receives", EVENT);
            }
            passed(code, entered);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (element instanceof FieldInstruction field) {
                String owner = nameOf(field.owner().asSymbol());
                if (counted.test(owner) && !fileOf(owner).equals(file)) {
                    passed(
                            code,
                            number(new Site(fileOf(owner), "." + field.name().stringValue(), false)));
                }
            } else if (element instanceof ReturnInstruction && method.equals(SENDS)) {
                code.invokestatic(RECORDER, "hasSent", EVENT);
            }
            code.with(element);
        }

        private static void passed(CodeBuilder code, int site) {
            code.loadConstant(site).invokestatic(RECORDER, "passed", PASSED);
        }
    }
}
