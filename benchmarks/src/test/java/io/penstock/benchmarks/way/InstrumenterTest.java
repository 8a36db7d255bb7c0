package io.penstock.benchmarks.way;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StreamTokenizer;
import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InstrumenterTest {
    private static final String FILE = Specimen.class.getName();
    private static final String OTHER = StreamTokenizer.class.getName();

    private final Instrumenter instrumenter =
            new Instrumenter(getClass().getClassLoader(), name -> name.startsWith(FILE) || name.equals(OTHER));
    private final StreamTokenizer other = new StreamTokenizer(new StringReader(""));
    private Runnable specimen;

    @BeforeEach
    void instrument() throws Exception {
        specimen = (Runnable) new Loader()
                .loadClass(FILE)
                .getConstructor(StreamTokenizer.class)
                .newInstance(other);
    }

    @Test
    void tellsOfMethodsLambdasNestedClassesAndFieldsOfOtherFiles() {
        Recorder.begin();
        specimen.run();
        assertThat(passed(Recorder.end()))
                .containsExactly(
                        new Site(FILE, "run", false),
                        new Site(FILE, "rxBurst", false),
                        new Site(OTHER, ".ttype", false),
                        new Site(FILE, "lambda$run$0", false),
                        new Site(FILE, "atLeast", true),
                        new Site(FILE, "guarded", false),
                        new Site(FILE, "txBurst", true),
                        new Site(FILE, "sent", true));
    }

    @Test
    void beginsWithTheBurstThatIsReceivedIfAskedTo() {
        Recorder.armForBurst();
        specimen.run();
        assertThat(passed(Recorder.end()))
                .startsWith(new Site(FILE, "rxBurst", false))
                .doesNotContain(new Site(FILE, "run", false));
    }

    @Test
    void leavesWhatTheClassDoes() {
        specimen.run();
        assertThat(other.ttype).isEqualTo(2);
    }

    @Test
    void aNestedClassStandsInTheFileOfItsOuterOne() {
        assertThat(Instrumenter.fileOf("a.B$C$1")).isEqualTo("a.B");
        assertThat(Instrumenter.fileOf("a.B")).isEqualTo("a.B");
    }

    private List<Site> passed(int[] numbers) {
        return Arrays.stream(numbers).mapToObj(instrumenter::site).toList();
    }

    /** Makes the specimen and its nested classes anew. */
    private final class Loader extends ClassLoader {
        Loader() {
            super(InstrumenterTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(FILE)) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = instrumenter.instrument(in.readAllBytes());
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
