package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;

/**
 * What stands behind the interface's name in {@code afxdp:IFACE[,key=value]...}.
 *
 * @param interfaceName the interface
 * @param mode where the program is attached
 * @param copy whether the NIC may write into the frames itself
 * @param queues which receive queues
 * @param ringEntries descriptors in each ring, a power of two
 * @param busyPollMicros how long the kernel polls the NIC within a call; 0: not at all
 */
record AfXdpOptions(String interfaceName, Mode mode, Copy copy, Queues queues, int ringEntries, int busyPollMicros) {
    private static final String QUEUES_EXPECTED = "all, one queue such as 0, or a range such as 0-3";
    private static final int MIN_RING = 64;
    private static final int MAX_RING = 1 << 15;
    private static final int MAX_QUEUE = 1023;
    private static final int MAX_BUSY_POLL_MICROS = 10_000;

    /** Where the steering program runs. */
    enum Mode {
        /** In the driver if it can, else behind it. */
        AUTO,
        NATIVE,
        GENERIC
    }

    /** Who moves the bytes. */
    enum Copy {
        /** Zero-copy if the driver offers it. */
        AUTO,
        ZEROCOPY,
        COPY
    }

    /**
     * A range of receive queues.
     *
     * @param first the first
     * @param last the last; {@link #OPEN_END} means as many as there are
     */
    record Queues(int first, int last) {
        static final int OPEN_END = Integer.MAX_VALUE;
        static final Queues ALL = new Queues(0, OPEN_END);

        /** So many queues, for messages. */
        static String count(int queues) {
            return queues == 1 ? "1 queue" : queues + " queues";
        }
    }

    static AfXdpOptions of(DeviceSpec spec) {
        spec.allowOnly("mode", "queues", "ring", "copy", "busypoll");
        Mode mode = switch (spec.option("mode", "auto")) {
            case "auto" -> Mode.AUTO;
            case "native" -> Mode.NATIVE;
            case "generic" -> Mode.GENERIC;
            default -> throw wrong(spec, "mode", "auto, native or generic");
        };
        Copy copy = switch (spec.option("copy", "auto")) {
            case "auto" -> Copy.AUTO;
            case "zerocopy" -> Copy.ZEROCOPY;
            case "copy" -> Copy.COPY;
            default -> throw wrong(spec, "copy", "auto, zerocopy or copy");
        };
        if (mode == Mode.GENERIC && copy == Copy.ZEROCOPY) {
            throw new ConfigurationException(
                    "device '" + spec + "': generic mode always copies; use mode=native, or leave copy out");
        }
        int ring = number(spec, "ring", "2048", MIN_RING, MAX_RING);
        if (Integer.bitCount(ring) != 1) {
            throw wrong(spec, "ring", "a power of two, " + MIN_RING + " to " + MAX_RING);
        }
        return new AfXdpOptions(
                spec.name(), mode, copy, queues(spec), ring, number(spec, "busypoll", "0", 0, MAX_BUSY_POLL_MICROS));
    }

    private static Queues queues(DeviceSpec spec) {
        String text = spec.option("queues", "all");
        if (text.equals("all")) {
            return Queues.ALL;
        }
        int dash = text.indexOf('-');
        int first = queue(spec, dash < 0 ? text : text.substring(0, dash));
        int last = dash < 0 ? first : queue(spec, text.substring(dash + 1));
        if (last < first) {
            throw wrong(spec, "queues", QUEUES_EXPECTED);
        }
        return new Queues(first, last);
    }

    private static int queue(DeviceSpec spec, String text) {
        try {
            int queue = Integer.parseInt(text);
            if (queue >= 0 && queue <= MAX_QUEUE) {
                return queue;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw wrong(spec, "queues", QUEUES_EXPECTED);
    }

    private static int number(DeviceSpec spec, String key, String otherwise, int min, int max) {
        try {
            int value = Integer.parseInt(spec.option(key, otherwise));
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw wrong(spec, key, "a number from " + min + " to " + max);
    }

    private static ConfigurationException wrong(DeviceSpec spec, String key, String expected) {
        return new ConfigurationException(
                "device '" + spec + "': " + key + "=" + spec.option(key, "") + ": expected " + expected);
    }
}
