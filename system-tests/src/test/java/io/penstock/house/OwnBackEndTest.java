package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's module on the module path brings a back end, which is handed what it may do with frames. */
class OwnBackEndTest {
    @TempDir
    private Path folder;

    @Test
    void carriesTheConnectionsOfStacksThatNameIt() throws Exception {
        UserModule pipe = new UserModule(folder)
                .resources("pipe", "module-info", "PipeProvider", "PipePort", "PipeQueue", "Main");
        assertThat(pipe.compiled().run("pipe/pipe.Main"))
                .contains("received 40000", "in use while it lies in the pipe: some", "in use at the end: 0 and 0");
    }
}
