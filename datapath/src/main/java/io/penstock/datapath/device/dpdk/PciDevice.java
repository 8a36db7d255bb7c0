package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** A PCI device as the kernel knows it: DPDK can only have it if the kernel's own driver has let go of it. */
final class PciDevice {
    private static final Path DEVICES = Path.of("/sys/bus/pci/devices");
    /** Drivers that hand a device to user space. */
    private static final Set<String> FOR_USER_SPACE = Set.of("vfio-pci", "uio_pci_generic", "igb_uio");
    /** Drivers that DPDK works beside. */
    private static final Set<String> SHARED = Set.of("mlx4_core", "mlx5_core");

    private PciDevice() {}

    static void requireUsable(String address) {
        requireUsable(DEVICES, address);
    }

    /** @throws ConfigurationException if there is no such device, or the kernel uses it */
    static void requireUsable(Path devices, String address) {
        Path device = devices.resolve(address);
        if (!Files.isDirectory(device)) {
            throw new ConfigurationException("there is no PCI device " + address + " here: 'lspci -D' lists them");
        }
        String driver = driver(device);
        if (SHARED.contains(driver) || FOR_USER_SPACE.contains(driver)) {
            return;
        }
        throw new ConfigurationException("PCI device " + address
                + (driver.isEmpty() ? " has no driver" : " is bound to the kernel's driver " + driver)
                + ": bind it to vfio-pci with 'dpdk-devbind.py --bind=vfio-pci " + address
                + "', which takes its interface from the kernel"
                + (driver.isEmpty() ? "" : " (and back with --bind=" + driver + ")"));
    }

    private static String driver(Path device) {
        try {
            Path link = device.resolve("driver");
            return Files.exists(link) ? link.toRealPath().getFileName().toString() : "";
        } catch (IOException _) {
            return "";
        }
    }
}
