package io.penstock.system.dpdk;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.dpdk.DpdkEnd;
import java.io.IOException;
import java.util.List;

/** Sends every packet back as it came, as a process of its own, so that a test can kill it: DEVICE. */
public final class MirrorMain {
    private static volatile boolean ended;

    private MirrorMain() {}

    /** Prints a line that begins with {@code ready}; ends when a line comes. */
    public static void main(String[] arguments) {
        try (DpdkEnd end = DpdkEnd.open(arguments[0])) {
            Thread reader = new Thread(MirrorMain::awaitEnd, "stdin");
            reader.setDaemon(true);
            reader.start();
            System.out.println("ready " + end.device.info());
            boolean up = false;
            while (!ended) {
                List<byte[]> packets = end.receive();
                if (!packets.isEmpty()) {
                    end.send(packets);
                }
                if (end.device.events().isUp() != up) {
                    up = !up;
                    System.out.println(up ? "up" : "down");
                }
            }
        } catch (ConfigurationException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
        System.out.println("closed"); // and every frame was home
    }

    private static void awaitEnd() {
        try {
            int _ = System.in.read();
        } catch (IOException e) {
            System.err.println(e);
        }
        ended = true;
    }
}
