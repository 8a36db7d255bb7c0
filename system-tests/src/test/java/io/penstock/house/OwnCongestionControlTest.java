package io.penstock.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's module on the module path extends what is open to him: a congestion control, by hand and as a service. */
class OwnCongestionControlTest {
    @TempDir
    private Path folder;

    @Test
    void isUsedWhereAStackNamesIt() throws Exception {
        UserModule own = new UserModule(folder).resources("own", "module-info", "Provider", "Fixed", "Main");
        assertThat(own.compiled().run("own/own.Main"))
                .contains(
                        "own 20000 provided 20000 received 40000",
                        "tcp.congestion-control=nobodys (StackConfig): expected one of newreno, provided, own");
    }
}
