package io.penstock.libos.tcp;

import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.Remedies;
import io.penstock.datapath.device.DeviceSetup;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketQueue;
import io.penstock.datapath.poll.BlockingIdle;
import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.config.LocalAddress;
import io.penstock.libos.tcp.config.StackSettings;
import io.penstock.libos.tcp.ip.Secret;
import io.penstock.memory.FramePool;

/** What one stack has of its own, made from a configuration when it is opened. */
final class StackParts {
    private static final int DEFAULT_FRAME_BYTES = 2048;
    private static final long SPIN_BEFORE_SLEEP_NANOS = 50_000;

    final StackConfig config;
    final int frameBytes;
    /** How much of it is the device's own. */
    final int framePrefixBytes;

    final Clock clock;
    final Secret secret;
    final Publication publication;
    final Counters counters;
    /** Over the counters. */
    final Remedies remedies;

    /**
     * On the thread that will own the stack.
     *
     * @throws io.penstock.datapath.ConfigurationException in one line
     */
    StackParts(StackConfig config) {
        this.config = config;
        Long asked = config.values().get(StackSettings.FRAME_BYTES);
        if (config.device() != null) {
            framePrefixBytes = config.device().framePrefixBytes();
            frameBytes = asked == null ? DEFAULT_FRAME_BYTES : asked.intValue();
        } else {
            framePrefixBytes = Devices.framePrefixBytes(config.deviceSpec());
            frameBytes = asked == null ? Devices.minFrameBytes(config.deviceSpec()) : asked.intValue();
        }
        clock = config.clock() == null ? new SystemClock() : config.clock();
        secret = config.secret() == null ? Secret.random() : config.secret();
        publication = Publication.of(config, clock);
        counters = publication.counters();
        remedies = new Remedies(counters);
    }

    PacketQueue openDevice(FramePool frames) {
        DeviceSetup.Steering steering = new DeviceSetup.Steering(
                config.addresses().stream().map(LocalAddress::exact).toList(), config.steeringPorts());
        DeviceSetup setup = new DeviceSetup(frames, clock, steering, remedies);
        return config.device() != null ? config.device().open(setup) : Devices.open(config.deviceSpec(), setup);
    }

    Idle idle(PacketQueue device) {
        if (config.idle() != null) {
            return config.idle().apply(device);
        }
        return switch (config.values().get(StackSettings.IDLE)) {
            case SPIN -> Idle.spin();
            case YIELD -> Idle.yielding();
            case BLOCK -> new BlockingIdle(device.waitFds(), SPIN_BEFORE_SLEEP_NANOS);
        };
    }
}
