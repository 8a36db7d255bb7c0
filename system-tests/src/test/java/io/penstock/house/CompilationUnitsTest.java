package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Some methods of the packet path are compiled each by itself, on purpose: one that HotSpot may take into its caller is
 * compiled well in one process and badly in the next, as it happens to come to be inlined first. What keeps them apart is
 * their size, which a harmless change could undo.
 */
class CompilationUnitsTest {
    /** What is larger is not taken into any caller, however often it is called. */
    private static final int FREQ_INLINE_SIZE = 325;

    @ParameterizedTest
    @CsvSource({
        "io.penstock.datapath.wire.Checksum, sum",
        "io.penstock.libos.tcp.tcp.TcpInput, receive",
        "io.penstock.libos.tcp.tcp.SegmentWriter, data",
        "io.penstock.libos.tcp.tcp.TcpSocket, push"
    })
    void staysTooLargeToBeInlined(String type, String method) {
        assertThat(codeBytes(type, method))
                .as("bytes of code of each method %s.%s", type, method)
                .isNotEmpty()
                .allMatch(bytes -> bytes > FREQ_INLINE_SIZE, "more than " + FREQ_INLINE_SIZE);
    }

    private static List<Integer> codeBytes(String type, String method) {
        return read(type).methods().stream()
                .filter(candidate -> candidate.methodName().equalsString(method))
                .map(CompilationUnitsTest::codeBytes)
                .toList();
    }

    private static int codeBytes(MethodModel method) {
        return method.findAttribute(Attributes.code()).orElseThrow().codeLength();
    }

    private static ClassModel read(String type) {
        String file = "/" + type.replace('.', '/') + ".class";
        try (InputStream in = CompilationUnitsTest.class.getResourceAsStream(file)) {
            assertThat(in).as(file).isNotNull();
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
