package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that are not what is needed: refused with one line, and nothing of them is called but their version. */
class LibraryTest {
    @TempDir
    private Path folder;

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> Dpdk.load(List.of(folder.resolve("nowhere"), folder)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n")
                .message()
                .contains(parts);
    }

    /** All five libraries with nothing in them but a version. */
    private void fake(int abi, String version) throws IOException {
        Path source = folder.resolve("fake.c");
        Files.writeString(source, "const char *rte_version(void) { return \"" + version + "\"; }\n");
        for (String name : List.of("eal", "ring", "mempool", "mbuf", "ethdev")) {
            Compiler.library(source, folder.resolve("librte_" + name + ".so." + abi));
        }
    }

    @Test
    void noLibraryAtAllSaysWhatToInstall() {
        assertRefused("apt-get install dpdk", "not installed");
    }

    @Test
    void anAbiWithoutATableIsRefused() throws IOException {
        Files.createFile(folder.resolve("librte_eal.so.99"));
        assertRefused("ABI 99", "not known", "22.11 (ABI 23)", "23.11 (ABI 24)", "24.11 (ABI 25)");
    }

    @Test
    void aLibraryWhoseVersionDoesNotGoWithItsNameIsRefused() throws IOException {
        fake(25, "DPDK 31.11");
        assertRefused("'DPDK 31.11'", "ABI 25", folder.toString());
    }

    @Test
    void aLibraryThatIsNoneIsRefused() throws IOException {
        Files.writeString(folder.resolve("librte_eal.so.23"), "not a library");
        assertRefused("librte_eal.so.23", "cannot be loaded", "install");
    }

    @Test
    void halfAnInstallationIsRefused() throws IOException {
        fake(24, "DPDK 23.11.0");
        Files.delete(folder.resolve("librte_ethdev.so.24"));
        assertRefused("librte_ethdev.so.24", "cannot be loaded");
    }

    @Test
    void anotherProcessorIsRefused() {
        assertThatThrownBy(() -> Dpdk.requireKnownArchitecture("aarch64"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("aarch64")
                .hasMessageContaining("afxdp:");
        assertThatCode(() -> Dpdk.requireKnownArchitecture("amd64")).doesNotThrowAnyException();
    }
}
