package io.penstock.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who starts an executable jar with an old Java is told so by the one class that such a Java can read. */
class LaunchTest {
    private static final int CLASS_FILE_OF_JAVA_8 = 52;

    @Test
    void java8CanReadIt() throws IOException {
        try (DataInputStream in = new DataInputStream(Launch.class.getResourceAsStream("Launch.class"))) {
            assertThat(in.readInt()).isEqualTo(0xcafebabe);
            assertThat(in.readUnsignedShort()).as("minor version").isZero();
            assertThat(in.readUnsignedShort()).as("major version").isEqualTo(CLASS_FILE_OF_JAVA_8);
        }
    }

    @ParameterizedTest
    @CsvSource({"1.8, 8", "11, 11", "17, 17", "24, 24"})
    void anOldJavaIsNamed(String specification, int release) {
        assertThat(Launch.complaint(specification, "/opt/java"))
                .isEqualTo("this program needs Java 25 or later, and this is Java " + release + " in /opt/java");
    }

    @ParameterizedTest
    @CsvSource({"25", "26", "100"})
    void aNewOneIsNot(String specification) {
        assertThat(Launch.complaint(specification, "/opt/java")).isNull();
    }
}
