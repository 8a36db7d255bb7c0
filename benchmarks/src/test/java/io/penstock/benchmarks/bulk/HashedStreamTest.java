package io.penstock.benchmarks.bulk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HashedStreamTest {

    @Test
    void isEqualWhenEverythingComesBack() {
        HashedStream stream = new HashedStream(1, 1000);
        byte[] bytes = new byte[300];
        for (int count = stream.produce(bytes, 300); count > 0; count = stream.produce(bytes, 300)) {
            stream.consume(bytes, count);
        }
        assertThat(stream.isProduced()).isTrue();
        assertThat(stream.missingBytes()).isZero();
        assertThat(stream.isEqual()).isTrue();
    }

    @Test
    void noticesAByteThatChangedPlaces() {
        HashedStream stream = new HashedStream(1, 100);
        byte[] bytes = new byte[100];
        stream.produce(bytes, 100);
        byte first = bytes[0];
        bytes[0] = (byte) (bytes[1] + (bytes[1] == first ? 1 : 0));
        bytes[1] = first;
        stream.consume(bytes, 100);
        assertThat(stream.missingBytes()).isZero();
        assertThat(stream.isEqual()).isFalse();
    }

    @Test
    void countsWhatIsMissing() {
        HashedStream stream = new HashedStream(1, 100);
        byte[] bytes = new byte[100];
        stream.produce(bytes, 100);
        stream.consume(bytes, 93);
        assertThat(stream.missingBytes()).isEqualTo(7);
        assertThat(stream.isEqual()).isFalse();
    }
}
