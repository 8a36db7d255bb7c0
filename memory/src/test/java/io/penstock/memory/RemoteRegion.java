package io.penstock.memory;

import io.penstock.linux.RawMemory;
import io.penstock.linux.net.UnixSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Another process that gets a region's descriptor over a socket, writes into its pages, and tells what it saw. */
final class RemoteRegion {
    static final long WAIT_NANOS = 60_000_000_000L;

    private RemoteRegion() {}

    /**
     * Does so once.
     *
     * @param args the socket's path
     */
    public static void main(String[] args) {
        int socket = UnixSocket.connect(Path.of(args[0]), WAIT_NANOS);
        UnixSocket.Received received = UnixSocket.receiveDescriptor(socket, 100, WAIT_NANOS);
        String answer;
        try (Region region = Region.attach(received.descriptor())) {
            long last = region.address() + region.lengthBytes() - Long.BYTES;
            answer = region.lengthBytes() + " " + region.pageKind() + " " + RawMemory.getLong(last);
            RawMemory.putLong(region.address(), 4711);
        }
        int sent = UnixSocket.send(socket, answer.getBytes(StandardCharsets.UTF_8), WAIT_NANOS);
        System.exit(sent == 0 ? 0 : 1);
    }
}
