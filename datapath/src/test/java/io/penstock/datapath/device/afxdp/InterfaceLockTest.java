package io.penstock.datapath.device.afxdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One Penstock for each interface, and who it is. */
class InterfaceLockTest {
    @TempDir
    private Path directory;

    private long files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }

    @Test
    void saysWhichProcessHoldsTheInterface() throws IOException {
        Runnable release = InterfaceLock.take(directory, "vb", "1-2");
        Files.writeString(directory.resolve("afxdp-1-2.lock"), "1\n"); // as if it were another one
        assertThatThrownBy(() -> InterfaceLock.take(directory, "vb", "1-2"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("interface vb is already held by Penstock process 1: stop that one");
        release.run();
    }

    @Test
    void saysHowStacksOfOneProcessShareTheInterface() {
        Runnable release = InterfaceLock.take(directory, "vb", "1-2");
        assertThatThrownBy(() -> InterfaceLock.take(directory, "vb", "1-2"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("interface vb is already held by this process: open it once for all of its stacks"
                        + " (Devices.openPort), and each of them on a queue of its own (DeviceFactory.queueOf)");
        release.run();
    }

    @Test
    void canBeTakenAgainAfterItsReleaseAndLeavesNoFile() throws IOException {
        InterfaceLock.take(directory, "vb", "1-2").run();
        InterfaceLock.take(directory, "vb", "1-2").run();
        assertThat(files()).isZero();
    }

    @Test
    void isTakenForEachInterfaceAndNamespaceApart() {
        Runnable one = InterfaceLock.take(directory, "vb", "1-2");
        Runnable two = InterfaceLock.take(directory, "vc", "1-3");
        Runnable three = InterfaceLock.take(directory, "vb", "2-2");
        one.run();
        two.run();
        three.run();
    }

    @Test
    void isNotHeldByTheFileOfADeadProcess() throws IOException {
        Files.writeString(directory.resolve("afxdp-1-2.lock"), "999999\n");
        InterfaceLock.take(directory, "vb", "1-2").run();
        assertThat(files()).isZero();
    }

    @Test
    void removesWhatDeadProcessesLeftAndKeepsWhatIsHeld() throws IOException {
        Runnable held = InterfaceLock.take(directory, "vc", "1-3");
        Files.writeString(directory.resolve("afxdp-1-9.lock"), "999999\n");
        Files.writeString(directory.resolve("something-else"), "");
        Runnable release = InterfaceLock.take(directory, "vb", "1-2");
        assertThat(directory.resolve("afxdp-1-9.lock")).doesNotExist();
        assertThat(directory.resolve("afxdp-1-3.lock")).exists();
        assertThat(directory.resolve("something-else")).exists();
        release.run();
        held.run();
    }

    @Test
    void doesWithoutALockWhereNoFileCanBeWritten() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        InterfaceLock.take(file.resolve("folder"), "vb", "1-2").run();
        assertThat(files()).isEqualTo(1);
    }
}
