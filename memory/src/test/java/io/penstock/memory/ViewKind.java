package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import net.openhft.chronicle.bytes.Bytes;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/** Every way to look at a buffer's bytes with somebody else's type, as one. */
enum ViewKind {
    SEGMENT(IllegalStateException.class, IllegalStateException.class) {
        @Override
        Shown over(Buffer buffer) {
            return over(buffer.asSegment());
        }

        private static Shown over(MemorySegment segment) {
            return new Shown() {
                @Override
                public byte get(int at) {
                    return segment.get(ValueLayout.JAVA_BYTE, at);
                }

                @Override
                public void put(int at, byte value) {
                    segment.set(ValueLayout.JAVA_BYTE, at, value);
                }
            };
        }
    },
    BYTE_BUFFER(IllegalStateException.class, IllegalStateException.class) {
        @Override
        Shown over(Buffer buffer) {
            ByteBuffer bytes = buffer.asByteBuffer();
            return new Shown() {
                @Override
                public byte get(int at) {
                    return bytes.get(at);
                }

                @Override
                public void put(int at, byte value) {
                    bytes.put(at, value);
                }
            };
        }
    },
    AGRONA(IndexOutOfBoundsException.class, IndexOutOfBoundsException.class) {
        @Override
        Shown over(Buffer buffer) {
            AgronaView view = new AgronaView().over(buffer);
            DirectBuffer toRead = view;
            MutableDirectBuffer toWrite = view;
            return new Shown() {
                @Override
                public byte get(int at) {
                    return toRead.getByte(at);
                }

                @Override
                public void put(int at, byte value) {
                    toWrite.putByte(at, value);
                }
            };
        }
    },
    CHRONICLE(BufferUnderflowException.class, BufferOverflowException.class) {
        @Override
        Shown over(Buffer buffer) {
            ChronicleView view = new ChronicleView().over(buffer);
            return new Shown() {
                @Override
                public byte get(int at) {
                    return view.readByte(at);
                }

                @Override
                public void put(int at, byte value) {
                    view.writeByte(at, value);
                }
            };
        }
    },
    CHRONICLE_CURSOR(BufferUnderflowException.class, BufferOverflowException.class) {
        @Override
        Shown over(Buffer buffer) {
            Bytes<Void> cursor = new ChronicleView().over(buffer).bytes();
            return new Shown() {
                @Override
                public byte get(int at) {
                    return cursor.readPosition(at).readByte();
                }

                @Override
                public void put(int at, byte value) {
                    cursor.clear().writePosition(at).writeByte(value);
                }
            };
        }
    };

    /** Bytes through such a view. */
    interface Shown {
        byte get(int at);

        void put(int at, byte value);
    }

    private final Class<? extends RuntimeException> ofReading;
    private final Class<? extends RuntimeException> ofWriting;

    ViewKind(Class<? extends RuntimeException> ofReading, Class<? extends RuntimeException> ofWriting) {
        this.ofReading = ofReading;
        this.ofWriting = ofWriting;
    }

    abstract Shown over(Buffer buffer);

    void assertEnded(Shown view) {
        assertThatThrownBy(() -> view.get(0)).as("%s is read", this).isInstanceOf(ofReading);
        assertThatThrownBy(() -> view.put(0, (byte) 66))
                .as("%s is written", this)
                .isInstanceOf(ofWriting);
    }
}
