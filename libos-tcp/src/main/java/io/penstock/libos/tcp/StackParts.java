package io.penstock.libos.tcp;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.device.PortLease;
import io.penstock.datapath.poll.BlockingIdle;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.FrameShape;
import io.penstock.memory.grant.FrameGrant;

/** What one stack has of its own, made from a configuration when it is opened. */
final class StackParts {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final long SPIN_BEFORE_SLEEP_NANOS = 50_000;

    final StackConfig config;
    final Clock clock;
    final Secret secret;
    final Publication publication;
    final Counters counters;
    /** Over the counters. */
    final Remedies remedies;

    private final DeviceFactory device;
    /** Null unless another process has acquired the device. */
    private final PortLease lease;

    /**
     * On the thread that will own the stack.
     *
     * @throws io.penstock.datapath.ConfigurationException in one line
     */
    StackParts(StackConfig config) {
        this(config, config.device() != null ? config.device() : DeviceFactory.named(config.deviceSpec()), null);
    }

    /**
     * The same for a device that was acquired before.
     *
     * @param device opens it
     */
    StackParts(StackConfig config, DeviceFactory device, PortLease lease) {
        this.config = config;
        this.device = device;
        this.lease = lease;
        clock = config.clock() == null ? new SystemClock() : config.clock();
        secret = config.secret() == null ? Secret.random() : config.secret();
        publication = Publication.of(config, clock);
        counters = publication.counters();
        remedies = new Remedies(counters);
    }

    StackMemory memory() {
        return lease != null && lease.has(PortLease.MEMORY)
                ? StackMemory.of(lease, config.values(), device.framePrefixBytes())
                : StackMemory.open(config.values(), shape(config, device));
    }

    /** The frames that a device is given. */
    static FrameShape shape(StackConfig config, DeviceFactory device) {
        Long asked = config.values().get(StackSettings.FRAME_BYTES);
        return new FrameShape(
                asked == null ? device.minFrameBytes() : asked.intValue(),
                device.framePrefixBytes(),
                FramePool.DEFAULT_HEADROOM_BYTES);
    }

    /** Which packets are the stack's. */
    static DeviceSetup.Steering steering(StackConfig config) {
        return new DeviceSetup.Steering(
                config.addresses().stream().map(LocalAddress::exact).toList(), config.steeringPorts());
    }

    PacketQueue openDevice(FramePool frames) {
        return device.open(new DeviceSetup(frames, ACCESS, clock, steering(config), remedies));
    }

    Idle idle(PacketQueue queue) {
        if (config.idle() != null) {
            return config.idle().apply(queue);
        }
        return switch (config.values().get(StackSettings.IDLE)) {
            case SPIN -> Idle.spin();
            case YIELD -> Idle.yielding();
            case BLOCK -> new BlockingIdle(queue.waitFds(), SPIN_BEFORE_SLEEP_NANOS);
        };
    }
}
