package io.penstock.system.afxdp;

import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketPort;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.UnixSocket;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@link RawUdpEcho} in a process that opens nothing itself: the port comes over a UNIX socket, whose path it is given. */
public final class LeasedEchoMain {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int FRAMES = 1024;
    private static final int FRAME_BYTES = 2048;
    private static final long TIMEOUT_NANOS = 20_000_000_000L;

    private LeasedEchoMain() {}

    /** Prints whose process this is, and what it may. */
    static void printStatus() throws IOException {
        Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.matches("(Uid|CapEff|CapPrm|CapBnd|NoNewPrivs):.*"))
                .forEach(System.out::println);
    }

    /** Prints what it is to the kernel, then as {@link RawUdpEchoMain} does. */
    public static void main(String[] arguments) throws IOException {
        printStatus();
        int socket = UnixSocket.connect(Path.of(arguments[0]), TIMEOUT_NANOS);
        PortLease lease = PortLease.receive(socket, TIMEOUT_NANOS);
        FileDescriptors.close(socket);
        boolean given = lease.has(PortLease.MEMORY);
        FrameShape shape =
                new FrameShape(given ? lease.frameBytes() : FRAME_BYTES, 0, FramePool.DEFAULT_HEADROOM_BYTES);
        SystemClock clock = new SystemClock();
        try (Region region = given ? lease.mapMemory() : Region.mapSmall((long) FRAMES * FRAME_BYTES);
                FramePool pool = FramePool.over("leased", region, shape);
                PacketPort port = Devices.attach(lease)) {
            try (PacketQueue queue = port.open(new DeviceSetup(pool, ACCESS, clock, Steering.everything()))) {
                RawUdpEchoMain.serve(queue, pool, clock);
            }
            System.out.println("in use " + pool.framesInUse());
        }
    }
}
