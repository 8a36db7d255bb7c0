package io.penstock.system.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.linux.proc.CpuAffinity;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** {@link RawUdpEcho} as a process of its own, so that a test can kill it: DEVICE ADDRESS CORE FRAMES [PORT...]. */
public final class RawUdpEchoMain {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static volatile boolean ended;

    private RawUdpEchoMain() {}

    /** Prints a line that begins with {@code ready} when it serves; ends when its standard input does. */
    public static void main(String[] arguments) throws Exception {
        int core = Integer.parseInt(arguments[2]);
        if (core >= 0) {
            BitSet one = new BitSet();
            one.set(core);
            int _ = CpuAffinity.set(one);
        }
        List<Integer> ports =
                Arrays.stream(arguments).skip(4).map(Integer::valueOf).toList();
        DeviceSpec spec = Devices.parse(arguments[0]);
        FrameShape shape = Station.shape(spec);
        try (Region region = Region.map(Long.parseLong(arguments[3]) * shape.strideBytes());
                FramePool pool = FramePool.over("echo", region, shape)) {
            SystemClock clock = new SystemClock();
            DeviceSetup setup =
                    new DeviceSetup(pool, ACCESS, clock, Steering.toIpv4(List.of(parseAddress(arguments[1])), ports));
            try (PacketQueue device = Devices.open(spec, setup)) {
                serve(device, pool, clock);
            }
            System.out.println("in use " + pool.framesInUse());
        } catch (ConfigurationException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    /** Echoes until the standard input ends. */
    static void serve(PacketQueue device, FramePool pool, SystemClock clock) {
        Thread reader = new Thread(RawUdpEchoMain::awaitEnd, "stdin");
        reader.setDaemon(true);
        reader.start();
        System.out.println("ready " + device.info());
        RawUdpEcho echo = new RawUdpEcho(device, pool);
        while (!ended) {
            long _ = clock.update();
            if (echo.turn() == 0) {
                Thread.onSpinWait();
            }
        }
        System.out.println("echoed " + echo.echoed() + " others " + echo.others() + " dropped " + device.rxDropped()
                + " " + device.txDropped());
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            System.err.println(e);
        }
        ended = true;
    }

    static int parseAddress(String text) {
        return ByteBuffer.wrap(InetAddress.ofLiteral(text).getAddress()).getInt();
    }
}
