package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.UnixSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A region in other processes and with devices. */
class RegionSharingTest {
    @TempDir
    Path folder;

    @Test
    void anotherProcessMapsTheSamePagesByTheDescriptor() throws IOException, InterruptedException {
        Path path = folder.resolve("socket");
        int listener = UnixSocket.listen(path, 1);
        assertThat(listener).isPositive();
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RemoteRegion.class.getName(),
                        path.toString())
                .inheritIO()
                .start();
        try (Region region = Region.mapSmall(1 << 20)) {
            RawMemory.putLong(region.address() + region.lengthBytes() - Long.BYTES, 42);
            int connection = UnixSocket.accept(listener, RemoteRegion.WAIT_NANOS);
            assertThat(connection).isPositive();
            assertThat(UnixSocket.sendDescriptor(connection, region.fd(), new byte[] {1}, RemoteRegion.WAIT_NANOS))
                    .isZero();
            UnixSocket.Received answer = UnixSocket.receiveDescriptor(connection, 100, RemoteRegion.WAIT_NANOS);
            assertThat(new String(answer.payload(), StandardCharsets.UTF_8)).isEqualTo("1048576 SMALL_LOCKED 42");
            assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(other.exitValue()).isZero();
            assertThat(RawMemory.getLong(region.address()))
                    .as("what the other process wrote before it closed its mapping")
                    .isEqualTo(4711);
            FileDescriptors.close(connection);
        } finally {
            other.destroyForcibly();
            FileDescriptors.close(listener);
        }
    }

    @Test
    void onlyARegionsDescriptorIsAttached() {
        int unsealed = Mmap.memoryFile("not-a-region", Mmap.MFD_CLOEXEC, 4096);
        assertThatThrownBy(() -> Region.attach(unsealed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a region: its owner could shorten it");
        int device = FileDescriptors.open("/dev/null", FileDescriptors.O_RDONLY);
        assertThatThrownBy(() -> Region.attach(device))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("it is no memory file");
        assertThatThrownBy(() -> Region.attach(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRegionThatIsNotSharedHasNoDescriptor() {
        try (Region region = Region.open(
                new RegionConfig().lengthBytes(1 << 16).shareable(false).pages(PageKind.SMALL_LOCKED))) {
            assertThat(region.fd()).isEqualTo(-1);
            RawMemory.putLong(region.address(), 1);
        }
    }

    /** Counts what it is told, and refuses if it is told to. */
    private static final class Device implements Region.Device {
        private int registered;
        private boolean refuses;

        @Override
        public String name() {
            return "device:0";
        }

        @Override
        public void register(Region region) {
            if (refuses) {
                throw new IllegalStateException("no room for it");
            }
            registered++;
        }

        @Override
        public void unregister(Region region) {
            registered--;
        }
    }

    @Test
    void aRegionThatADeviceReachesIsNotUnmapped() {
        Region region = Region.mapSmall(4096);
        Device device = new Device();
        Region.Registration registration = region.register(device);
        assertThat(device.registered).isEqualTo(1);
        assertThatThrownBy(region::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the region is still in use by device:0: close the device first");
        RawMemory.putLong(region.address(), 1);
        registration.close();
        registration.close();
        assertThat(device.registered).isZero();
        region.close();
        assertThatThrownBy(() -> region.register(device)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aDeviceThatRefusedIsNotWaitedFor() {
        Region region = Region.mapSmall(4096);
        Device device = new Device();
        device.refuses = true;
        assertThatThrownBy(() -> region.register(device)).hasMessage("no room for it");
        region.close();
        assertThat(device.registered).isZero();
    }
}
