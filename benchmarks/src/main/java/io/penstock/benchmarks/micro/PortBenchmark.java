package io.penstock.benchmarks.micro;

import io.penstock.datapath.device.Bridge;
import io.penstock.datapath.device.Devices;
import io.penstock.datapath.device.PacketEdit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A DPDK port's burst calls, from Java: a lone net_null port whose packets go back out of it, one at a time. */
public class PortBenchmark {

    /** A port that always has a packet. */
    @State(Scope.Thread)
    public static class Busy {
        private Bridge bridge;

        @Setup(Level.Trial)
        public void open() {
            bridge = openBridge("dpdk:net_null0");
        }

        @TearDown(Level.Trial)
        public void close() {
            closeWhole(bridge);
        }
    }

    /** A port that never has one. */
    @State(Scope.Thread)
    public static class Silent {
        private Bridge bridge;

        @Setup(Level.Trial)
        public void open() {
            bridge = openBridge("dpdk:net_null0,no-rx=1");
        }

        @TearDown(Level.Trial)
        public void close() {
            closeWhole(bridge);
        }
    }

    private static Bridge openBridge(String device) {
        return Devices.openBridge(Devices.parse(device), null, PacketEdit.NONE, 1);
    }

    private static void closeWhole(Bridge bridge) {
        bridge.close();
        if (bridge.buffersBack() != bridge.buffers()) {
            throw new IllegalStateException("mbufs are missing: " + bridge.buffersBack() + " of " + bridge.buffers());
        }
    }

    /** One rx burst call that brings a packet, and one tx burst call that takes it. */
    @Benchmark
    public int onePacketInAndOut(Busy state) {
        return state.bridge.turn(1);
    }

    /** One rx burst call that brings nothing. */
    @Benchmark
    public int nothingReceived(Silent state) {
        return state.bridge.turn(1);
    }
}
