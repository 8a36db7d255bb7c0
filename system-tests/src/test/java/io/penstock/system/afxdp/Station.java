package io.penstock.system.afxdp;

import io.penstock.datapath.device.DeviceInfo;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.BlockingIdle;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.datapath.poll.WaitFds;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import io.penstock.testkit.Garbage;
import io.penstock.testkit.net.NetworkNamespace;
import java.lang.management.ManagementFactory;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A device with an echo of datagrams behind it, on a thread that lives in a namespace. */
public final class Station implements AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int FRAME_BYTES = 2048;
    private static final long HUGE_PAGE_BYTES = 2L << 20;
    private static final long ANSWER_SECONDS = 20;
    /** Turns between two looks at the questions, so that the loop stays what it is without them. */
    private static final int TURNS = 256;

    private final BlockingQueue<Runnable> questions = new LinkedBlockingQueue<>();
    private final CompletableFuture<PacketQueue> opened = new CompletableFuture<>();
    private final CompletableFuture<Integer> framesMissing = new CompletableFuture<>();
    private final SystemClock clock = new SystemClock();
    private volatile boolean closing;
    private RawUdpEcho echo;

    private Station() {}

    /** Opens a device. What it throws is thrown here, after everything else has been closed. */
    static Station open(NetworkNamespace namespace, String device, Steering steering, int frames) {
        Station station = new Station();
        Thread.ofPlatform().daemon().name("station").start(() -> {
            try {
                Integer missing = namespace.call(() -> {
                    return station.run(device, steering, frames);
                });
                station.framesMissing.complete(missing);
            } catch (RuntimeException | Error e) {
                station.opened.completeExceptionally(e);
                station.framesMissing.completeExceptionally(e);
            }
        });
        PacketQueue _ = answer(station.opened);
        return station;
    }

    public static Station open(NetworkNamespace namespace, String device) {
        return open(namespace, device, Steering.toAddress(Wires.OURS), 4096);
    }

    /** Frames as the device wants them. */
    static FrameShape shape(DeviceSpec spec) {
        return new FrameShape(
                Math.max(FRAME_BYTES, Devices.minFrameBytes(spec)),
                Devices.framePrefixBytes(spec),
                FramePool.DEFAULT_HEADROOM_BYTES);
    }

    /** A huge page would hold more frames than a test of few frames asked for. */
    private static Region region(long lengthBytes) {
        return lengthBytes < HUGE_PAGE_BYTES ? Region.mapSmall(lengthBytes) : Region.map(lengthBytes);
    }

    private int run(String name, Steering steering, int frames) {
        DeviceSpec spec = Devices.parse(name);
        FrameShape shape = shape(spec);
        try (Region region = region((long) frames * shape.strideBytes());
                FramePool pool = FramePool.over("station", region, shape)) {
            try (PacketQueue device = Devices.open(spec, new DeviceSetup(pool, ACCESS, clock, steering))) {
                echo = new RawUdpEcho(device, pool);
                opened.complete(device);
                while (!closing) {
                    for (int i = 0; i < TURNS; i++) {
                        turn();
                    }
                    for (Runnable question = questions.poll(); question != null; question = questions.poll()) {
                        question.run();
                    }
                }
                echo.giveUp();
            }
            int _ = pool.reclaim();
            return pool.framesInUse();
        }
    }

    public DeviceInfo info() {
        return opened.join().info();
    }

    public boolean isUp() {
        return onLoop(() -> opened.join().events().isUp());
    }

    /** Why the device is lost, or null. */
    String lostReason() {
        return onLoop(() -> opened.join().events().lost());
    }

    int mtuBytes() {
        return onLoop(() -> opened.join().events().mtuBytes());
    }

    int linkReturns() {
        return onLoop(() -> opened.join().events().returns());
    }

    public long rxDropped() {
        return onLoop(() -> opened.join().rxDropped());
    }

    public long txDropped() {
        return onLoop(() -> opened.join().txDropped());
    }

    /** How many bytes the loop's thread allocated while it sent {@code packets} datagrams back. */
    long allocatedWhileEchoing(int packets) {
        return onLoop(() -> {
            long target = echo.echoed() + packets;
            return Garbage.allocatedBytes(() -> {
                while (echo.echoed() < target && !closing) {
                    turn();
                }
            });
        });
    }

    /** How many bytes the loop's thread allocated in so many turns. */
    long allocatedInTurns(int turns) {
        return onLoop(() -> Garbage.allocatedBytes(() -> {
            for (int i = 0; i < turns; i++) {
                turn();
            }
        }));
    }

    private void turn() {
        long _ = clock.update();
        int received = echo.turn();
        if (received == 0) {
            Thread.onSpinWait();
        }
    }

    /** For use in {@link #onLoop} alone. */
    FramePool pool() {
        return echo.pool();
    }

    /** For use in {@link #onLoop} alone. */
    WaitFds waitFds() {
        return opened.join().waitFds();
    }

    static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** From now on received frames are kept, and nothing is answered; or all are given back. */
    void keepReceived(boolean keep) {
        boolean _ = onLoop(() -> {
            echo.keepReceived(keep);
            return keep;
        });
    }

    /** For use in {@link #onLoop} alone: sleeps and turns until a datagram was sent back. How long that took. */
    long sleepUntilEchoed(Runnable beforeSleep) {
        long target = echo.echoed() + 1;
        try (BlockingIdle idle = new BlockingIdle(waitFds(), 0)) {
            long start = System.nanoTime();
            beforeSleep.run();
            while (echo.echoed() < target && !closing) {
                boolean _ = idle.idle(System.nanoTime(), Long.MAX_VALUE);
                turn();
            }
            return System.nanoTime() - start;
        }
    }

    /** Offers a packet of zeros to the device. */
    void transmitOne() {
        int taken = onLoop(() -> echo.transmitOne());
        if (taken != 1) {
            throw new AssertionError("the device took " + taken + " packets of 1");
        }
    }

    /** How many datagrams went back. */
    public long echoed() {
        return onLoop(() -> echo.echoed());
    }

    /** Runs something between two turns. */
    <T> T onLoop(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        questions.add(() -> {
            try {
                result.complete(work.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return answer(result);
    }

    private static <T> T answer(CompletableFuture<T> future) {
        try {
            return future.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Closes the device. Throws if a frame did not come home. */
    @Override
    public void close() {
        closing = true;
        int missing = answer(framesMissing);
        if (missing != 0) {
            throw new AssertionError(missing + " frames did not come home");
        }
    }
}
