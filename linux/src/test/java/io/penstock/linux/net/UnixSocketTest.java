package io.penstock.linux.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.RawMemory;
import io.penstock.linux.mem.Mmap;
import io.penstock.linux.net.UnixSocket.Outcome;
import io.penstock.linux.net.UnixSocket.Received;
import io.penstock.linux.proc.ProcFs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages and descriptors over a local socket, and what a peer that does not keep the rules gets. */
class UnixSocketTest {
    /** Far more than a message needs: what is awaited with it arrives. */
    private static final long LONG_NANOS = 30_000_000_000L;
    /** What is awaited with it never comes. */
    private static final long SHORT_NANOS = 1_000_000L;

    private static final int EPIPE = 32;
    private static final String FILE = "penstock-passed";
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private Path path;
    private int listener;
    private int client;
    private int server;
    private int file;

    @BeforeEach
    void connect() {
        path = folder.resolve("socket");
        listener = UnixSocket.listen(path, 4);
        client = UnixSocket.connect(path, LONG_NANOS);
        server = UnixSocket.accept(listener, LONG_NANOS);
        file = Mmap.memoryFile(FILE, Mmap.MFD_CLOEXEC, 4096);
        assertThat(List.of(listener, client, server, file)).allMatch(fd -> fd > 0);
    }

    @AfterEach
    void nothingIsLeft() {
        List.of(listener, client, server, file).forEach(FileDescriptors::close);
        assertThat(ProcFs.descriptors(FILE))
                .as("descriptors that nobody closed")
                .isZero();
    }

    @Test
    void aDescriptorArrivesAsOneOfTheSameFile() throws Exception {
        assertThat(UnixSocket.sendDescriptor(client, file, HELLO, LONG_NANOS)).isZero();
        Received received = receive();
        assertThat(received.outcome()).isEqualTo(Outcome.DESCRIPTOR);
        assertThat(received.payload()).isEqualTo(HELLO);
        assertThat(received.descriptor()).isNotEqualTo(file);
        long mine = map(file);
        long theirs = map(received.descriptor());
        RawMemory.putLong(mine, 4711);
        assertThat(RawMemory.getLong(theirs)).isEqualTo(4711);
        Mmap.unmap(mine, 4096);
        Mmap.unmap(theirs, 4096);
        assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + received.descriptor())))
                .as("close-on-exec, in octal")
                .containsPattern("flags:\\s+02\\d{6}\\n");
        FileDescriptors.close(received.descriptor());
    }

    @Test
    void messagesStayApart() {
        assertThat(UnixSocket.send(client, HELLO, LONG_NANOS)).isZero();
        assertThat(UnixSocket.sendDescriptor(client, file, new byte[] {1}, LONG_NANOS))
                .isZero();
        assertThat(UnixSocket.send(client, new byte[] {2}, LONG_NANOS)).isZero();
        assertThat(receive().payload()).isEqualTo(HELLO);
        Received second = receive();
        assertThat(second.payload()).containsExactly(1);
        FileDescriptors.close(second.descriptor());
        assertThat(receive().payload()).containsExactly(2);
    }

    @Test
    void aMessageWithoutADescriptorIsSaidToHaveNone() {
        assertThat(UnixSocket.send(client, HELLO, LONG_NANOS)).isZero();
        Received received = receive();
        assertThat(received.outcome()).isEqualTo(Outcome.NO_DESCRIPTOR);
        assertThat(received.descriptor()).isEqualTo(UnixSocket.NO_DESCRIPTOR);
        assertThat(received.payload()).isEqualTo(HELLO);
    }

    @Test
    void twoDescriptorsAreOneTooMany() {
        assertThat(UnixSocket.send(client, new int[] {file, file}, HELLO, LONG_NANOS))
                .isZero();
        assertRefused(Outcome.SEVERAL_DESCRIPTORS);
    }

    @Test
    void moreDescriptorsThanThereIsRoomForAreTruncated() {
        int[] many = new int[253]; // SCM_MAX_FD
        java.util.Arrays.fill(many, file);
        assertThat(UnixSocket.send(client, new int[] {file, file, file}, HELLO, LONG_NANOS))
                .isZero();
        assertThat(UnixSocket.send(client, many, HELLO, LONG_NANOS)).isZero();
        assertRefused(Outcome.TRUNCATED);
        assertRefused(Outcome.TRUNCATED);
    }

    @Test
    void aMessageLongerThanTheRoomIsTruncatedAndItsDescriptorClosed() {
        assertThat(UnixSocket.sendDescriptor(client, file, new byte[101], LONG_NANOS))
                .isZero();
        assertThat(UnixSocket.receiveDescriptor(server, 100, LONG_NANOS).outcome())
                .isEqualTo(Outcome.TRUNCATED);
        assertThat(ProcFs.descriptors(FILE)).isEqualTo(1);
    }

    private void assertRefused(Outcome outcome) {
        Received received = receive();
        assertThat(received.outcome()).isEqualTo(outcome);
        assertThat(received.descriptor()).isEqualTo(UnixSocket.NO_DESCRIPTOR);
        assertThat(received.payload()).isEmpty();
        assertThat(ProcFs.descriptors(FILE)).as("the sender's own alone").isEqualTo(1);
    }

    @Test
    void waitingHasAnEnd() {
        assertThat(UnixSocket.receiveDescriptor(server, 100, SHORT_NANOS).outcome())
                .isEqualTo(Outcome.TIMED_OUT);
        assertThat(UnixSocket.accept(listener, SHORT_NANOS)).isEqualTo(-Errno.EAGAIN);
        int sent = 0;
        int answer = 0;
        while (answer == 0 && sent < 1_000_000) {
            answer = UnixSocket.send(client, HELLO, SHORT_NANOS);
            sent++;
        }
        assertThat(answer).as("a queue that nobody empties").isEqualTo(-Errno.EAGAIN);
        int connection = 0;
        for (int i = 0; connection >= 0 && i < 100; i++) {
            connection = UnixSocket.connect(path, SHORT_NANOS);
            if (connection >= 0) {
                FileDescriptors.close(connection);
            }
        }
        assertThat(connection).as("a listener that accepts nobody").isEqualTo(-Errno.EAGAIN);
    }

    @Test
    void aWaiterIsWokenByTheMessage() throws Exception {
        FutureTask<Received> waiter = new FutureTask<>(this::receive);
        new Thread(waiter, "waiter").start();
        assertThat(UnixSocket.send(client, HELLO, LONG_NANOS)).isZero();
        assertThat(waiter.get().payload()).isEqualTo(HELLO);
    }

    @Test
    void theEndOfTheConnectionIsSeenByBoth() {
        assertThat(UnixSocket.sendDescriptor(client, file, HELLO, LONG_NANOS)).isZero();
        FileDescriptors.close(client);
        Received last = receive();
        assertThat(last.outcome()).isEqualTo(Outcome.DESCRIPTOR);
        FileDescriptors.close(last.descriptor());
        assertThat(receive().outcome()).isEqualTo(Outcome.CLOSED);
        assertThat(UnixSocket.send(server, HELLO, LONG_NANOS)).isEqualTo(-EPIPE);
        client = UnixSocket.connect(path, LONG_NANOS);
    }

    @Test
    void descriptorsThatNobodyReceivesAreGoneWithTheSocket() {
        assertThat(UnixSocket.sendDescriptor(client, file, HELLO, LONG_NANOS)).isZero();
        // nothingIsLeft() closes the socket with the message still in it
    }

    @Test
    void whatTheKernelRefusesIsAnswered() {
        assertThat(UnixSocket.listen(path, 1)).isEqualTo(-Errno.EADDRINUSE);
        assertThat(UnixSocket.connect(folder.resolve("nobody"), LONG_NANOS)).isEqualTo(-Errno.ENOENT);
        assertThat(UnixSocket.sendDescriptor(client, -1, HELLO, LONG_NANOS)).isEqualTo(-Errno.EBADF);
        assertThat(UnixSocket.send(client, new byte[16 << 20], LONG_NANOS)).isEqualTo(-Errno.EMSGSIZE);
        Received failed = UnixSocket.receiveDescriptor(listener, 100, LONG_NANOS);
        assertThat(failed.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(failed.errno()).isNotZero();
        FileDescriptors.close(listener);
        assertThat(UnixSocket.connect(path, LONG_NANOS)).isEqualTo(-Errno.ECONNREFUSED);
        listener = UnixSocket.listen(folder.resolve("other"), 1);
    }

    @Test
    void argumentsThatCannotBeMeantAreRefused() {
        assertThatThrownBy(() -> UnixSocket.send(client, new byte[0], 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnixSocket.receiveDescriptor(server, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnixSocket.accept(listener, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnixSocket.listen(Path.of(""), 1)).isInstanceOf(IllegalArgumentException.class);
        Path tooLong = Path.of("/tmp/" + "x".repeat(UnixSocket.MAX_PATH_BYTES - 4));
        assertThatThrownBy(() -> UnixSocket.connect(tooLong, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 107 bytes, not 108");
    }

    @Test
    void aPathMayBeAsLongAsTheStructureHolds() {
        int room = UnixSocket.MAX_PATH_BYTES - folder.toString().length() - 1;
        Path longest = folder.resolve("x".repeat(room));
        int fd = UnixSocket.listen(longest, 1);
        assertThat(fd).isPositive();
        assertThat(longest).exists();
        FileDescriptors.close(fd);
    }

    @Test
    void structuresAreLaidOutAsACompilerSays() {
        assertThat(SocketMessage.MSGHDR_BYTES).isEqualTo(56);
        assertThat(SocketMessage.MSGHDR_IOV).isEqualTo(16);
        assertThat(SocketMessage.MSGHDR_IOVLEN).isEqualTo(24);
        assertThat(SocketMessage.MSGHDR_CONTROL).isEqualTo(32);
        assertThat(SocketMessage.MSGHDR_CONTROLLEN).isEqualTo(40);
        assertThat(SocketMessage.MSGHDR_FLAGS).isEqualTo(48);
        assertThat(SocketMessage.IOVEC_BYTES).isEqualTo(16);
        assertThat(SocketMessage.CMSGHDR_BYTES).isEqualTo(16);
        assertThat(SocketMessage.CMSGHDR_LEVEL).isEqualTo(8);
        assertThat(SocketMessage.CMSGHDR_TYPE).isEqualTo(12);
        assertThat(SocketMessage.align(4)).isEqualTo(8);
        assertThat(SocketMessage.align(8)).isEqualTo(8);
    }

    private Received receive() {
        return UnixSocket.receiveDescriptor(server, 100, LONG_NANOS);
    }

    private static long map(int fd) {
        return Mmap.map(4096, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED, fd, 0);
    }
}
