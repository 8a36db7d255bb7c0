package io.penstock.datapath.device.dpdk;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel says of PCI devices, in a tree that looks like the kernel's. */
class PciDeviceTest {
    private static final String ADDRESS = "0000:3b:00.1";

    @TempDir
    private Path sys;

    private void device(String driver) throws IOException {
        Path device = Files.createDirectories(sys.resolve("devices").resolve(ADDRESS));
        if (!driver.isEmpty()) {
            Path target = Files.createDirectories(sys.resolve("drivers").resolve(driver));
            Files.createSymbolicLink(device.resolve("driver"), target);
        }
    }

    private void require() {
        PciDevice.requireUsable(sys.resolve("devices"), ADDRESS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vfio-pci", "uio_pci_generic", "igb_uio", "mlx5_core"})
    void takesWhatADriverHandsToUserSpace(String driver) throws IOException {
        device(driver);
        assertThatCode(this::require).doesNotThrowAnyException();
    }

    @Test
    void refusesWhatTheKernelUsesAndSaysHowToRebindItAndBack() throws IOException {
        device("ixgbe");
        assertThatThrownBy(this::require)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("\n")
                .hasMessageContaining(ADDRESS)
                .hasMessageContaining("driver ixgbe")
                .hasMessageContaining("dpdk-devbind.py --bind=vfio-pci " + ADDRESS)
                .hasMessageContaining("--bind=ixgbe");
    }

    @Test
    void refusesWhatHasNoDriverAndWhatIsNotThere() throws IOException {
        assertThatThrownBy(this::require)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no PCI device " + ADDRESS)
                .hasMessageContaining("lspci -D");
        device("");
        assertThatThrownBy(this::require)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no driver")
                .hasMessageContaining("--bind=vfio-pci");
    }
}
