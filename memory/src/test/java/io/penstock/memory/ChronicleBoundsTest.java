package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.linux.RawMemory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.BytesStore;
import net.openhft.chronicle.bytes.RandomDataInput;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every method that takes an offset, of the view and of everything that Chronicle makes of it: called outside the window
 * and after the release. Some answer instead of throwing, such as {@code peekUnsignedByte} with -1; then the answer must be
 * the same whatever lies around the window, and nothing there may have changed. After the release the address is zero: an
 * access would end the process.
 */
class ChronicleBoundsTest extends PoolFixture {
    private static final int LENGTH = 64;
    private static final int AROUND = 512;
    private static final long[] OUTSIDE = {LENGTH, LENGTH + 1, LENGTH + 100, -1, -8, Long.MAX_VALUE, Long.MIN_VALUE};

    /** These take a length or compare, or are made to answer at the end. */
    private static final Set<String> MAY_ANSWER = Set.of(
            "canReadDirect",
            "canWriteDirect",
            "inside",
            "lengthWritten",
            "hash",
            "equalBytes",
            "toDebugString",
            "printable",
            "isEqual",
            "startsWith",
            "peekUnsignedByte",
            "parseLong",
            "read",
            "readIncompleteLong",
            "zeroOut",
            "byteCheckSum",
            "subBytes",
            "fastHash",
            "isPresent",
            "ensureCapacity");

    private static final Supplier<StringBuilder> TEXT = StringBuilder::new;

    /** What Chronicle makes of a view. */
    enum Subject {
        VIEW,
        CURSOR,
        FOR_READ,
        FOR_WRITE,
        UNCHECKED;

        BytesStore<?, ?> of(ChronicleView view) {
            return switch (this) {
                case VIEW -> view;
                case CURSOR -> view.bytes();
                case FOR_READ -> view.bytesForRead();
                case FOR_WRITE -> view.bytesForWrite();
                case UNCHECKED -> view.bytesForRead().unchecked(true);
            };
        }
    }

    @Test
    void theListOfMethodsIsTheRightOne() {
        List<String> names = methods().map(Method::getName).distinct().toList();
        assertThat(names)
                .contains("readByte", "readVolatileLong", "readUtf8", "nativeRead", "read", "parseLong")
                .contains("writeByte", "writeOrderedInt", "compareAndSwapLong", "testAndSetInt", "writeUtf8", "move")
                .contains("addAndGetIntNotAtomic", "writeMaxLong", "write8bit", "addressForRead", "write", "append");
        assertThat(methods().count()).isGreaterThan(80);
    }

    @ParameterizedTest
    @EnumSource
    void nothingOutsideTheWindowIsReachable(Subject subject) {
        List<String> wrong = new ArrayList<>();
        methods().forEach(method -> {
            for (long offset : OUTSIDE) {
                for (int position = 0; position < offsets(method); position++) {
                    String first = outcome(subject, method, position, offset, (byte) 0x11, false);
                    String second = outcome(subject, method, position, offset, (byte) 0x77, false);
                    judge(wrong, method, offset, first, second);
                }
            }
        });
        assertThat(wrong).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsReachableAfterTheRelease(Subject subject) {
        List<String> wrong = new ArrayList<>();
        methods().forEach(method -> {
            for (long offset : new long[] {0, 1, LENGTH - 8, LENGTH}) {
                String first = outcome(subject, method, 0, offset, (byte) 0x11, true);
                String second = outcome(subject, method, 0, offset, (byte) 0x77, true);
                judge(wrong, method, offset, first, second);
            }
        });
        assertThat(wrong).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = "VIEW", mode = EnumSource.Mode.EXCLUDE)
    void noStreamGoesOnAfterTheRelease(Subject subject) {
        List<Method> streaming = Arrays.stream(Bytes.class.getMethods())
                .filter(m -> m.getParameterCount() == 0 && !Modifier.isStatic(m.getModifiers()))
                .filter(m -> m.getName().matches("(read|peek|parse)[A-Z0-9].*|to.*String|hashCode|toByteArray"))
                .toList();
        assertThat(streaming).hasSizeGreaterThan(30);
        List<String> wrong = new ArrayList<>();
        for (Method method : streaming) {
            String first = outcome(subject, method, 0, 0, (byte) 0x11, true);
            String second = outcome(subject, method, 0, 0, (byte) 0x77, true);
            if (!first.equals(second)) {
                wrong.add(method + ": " + first + " / " + second);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void judge(List<String> wrong, Method method, long offset, String first, String second) {
        boolean threw = first.startsWith("threw");
        if (!first.equals(second) || first.contains("changed") || (!threw && !MAY_ANSWER.contains(method.getName()))) {
            wrong.add(method + " at " + offset + ": " + first + " / " + second);
        }
    }

    private static Stream<Method> methods() {
        return Arrays.stream(BytesStore.class.getMethods())
                .filter(m -> !Modifier.isStatic(m.getModifiers()) && offsets(m) > 0)
                .filter(m -> !m.isBridge())
                .sorted(Comparator.comparing(Method::toString));
    }

    /** How many of the first parameters are offsets. */
    private static int offsets(Method method) {
        if (method.getName().equals("move")) {
            return 2;
        }
        return method.getName().equals("nativeWrite")
                        || (method.getParameterCount() > 0 && method.getParameterTypes()[0] == long.class)
                ? 1
                : 0;
    }

    private String outcome(
            Subject subject, Method method, int position, long offset, byte around, boolean afterTheRelease) {
        Buffer buffer = pool.allocate().window(1024, LENGTH);
        Buffer scratch = pool.allocate().length(LENGTH);
        long from = buffer.frameAddress() + 1024 - AROUND;
        RawMemory.fill(from, LENGTH + 2L * AROUND, around);
        RawMemory.fill(buffer.address(), LENGTH, (byte) '5');
        ChronicleView view = new ChronicleView().over(buffer);
        BytesStore<?, ?> target = subject.of(view);
        if (afterTheRelease) {
            buffer.release();
        }
        String outcome;
        try {
            Object result = method.invoke(target, arguments(method, position, offset, scratch.address()));
            outcome = "answered " + (result == target || result == view ? "itself" : text(result));
        } catch (InvocationTargetException e) {
            outcome = "threw " + e.getCause().getClass().getName();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
        boolean changed = !isFilled(from, AROUND, around)
                || !isFilled(from + AROUND + LENGTH, AROUND, around)
                || (afterTheRelease && !isFilled(from + AROUND, LENGTH, (byte) '5'));
        scratch.release();
        if (!afterTheRelease) {
            buffer.release();
        }
        return changed ? "changed what is not its own, and " + outcome : outcome;
    }

    private static String text(Object result) {
        return result instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(result);
    }

    private static boolean isFilled(long address, int lengthBytes, byte value) {
        for (int i = 0; i < lengthBytes; i++) {
            if (RawMemory.getByte(address + i) != value) {
                return false;
            }
        }
        return true;
    }

    private static Object[] arguments(Method method, int position, long offset, long validAddress) {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = argument(types[i]);
        }
        if (method.getName().equals("nativeRead")) {
            arguments[1] = validAddress;
        }
        if (method.getName().equals("nativeWrite")) {
            arguments[0] = validAddress;
            arguments[1] = offset;
        } else if (offsets(method) > 0) {
            arguments[position] = offset;
        }
        if (method.getName().equals("zeroOut") || method.getName().equals("byteCheckSum")) {
            if (types.length == 2) {
                arguments[1] = offset < 0 || offset > Long.MAX_VALUE - 8 ? LENGTH + 8L : offset + 8;
            }
        }
        return arguments;
    }

    private static Object argument(Class<?> type) {
        if (type == long.class) {
            return 8L;
        } else if (type == int.class) {
            return 2;
        } else if (type == short.class) {
            return (short) 2;
        } else if (type == byte.class) {
            return (byte) 2;
        } else if (type == float.class) {
            return 2f;
        } else if (type == double.class) {
            return 2d;
        } else if (type == boolean.class) {
            return true;
        } else if (type == byte[].class) {
            return new byte[16];
        } else if (type == char[].class) {
            return new char[16];
        } else if (type == ByteBuffer.class) {
            return ByteBuffer.allocate(16);
        } else if (type == String.class || type == CharSequence.class) {
            return "12345678";
        } else if (type == BytesStore.class || type == RandomDataInput.class) {
            return BytesStore.from("0123456789abcdef");
        } else if (type.isAssignableFrom(StringBuilder.class)) {
            return TEXT.get();
        }
        throw new AssertionError("no argument of " + type);
    }
}
