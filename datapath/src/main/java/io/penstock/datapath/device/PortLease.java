package io.penstock.datapath.device;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.Errno;
import io.penstock.linux.FileDescriptors;
import io.penstock.linux.net.UnixSocket;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the privileged half of opening a port ends with: descriptors and geometry, from which a process without any privilege
 * makes the port ({@code Devices.attach}).
 *
 * <pre>
 *   privileged process                             process without capabilities
 *   Devices.acquire(spec, setup) -&gt; lease
 *                                   lease.send  == UNIX socket, SCM_RIGHTS ==&gt;  PortLease.receive
 *                                   lease.close                                 Devices.attach(lease)
 * </pre>
 *
 * <p>Facts are lines of text, which only the port's back end understands. On the wire:
 *
 * <pre>
 *   message 0       "penstock-lease 1", the port's name, the names of the descriptors with commas, then KEY=VALUE: a line each
 *   message 1 to n  a descriptor each, in that order, with its name
 * </pre>
 *
 * <p>Whoever has a lease closes it; a port that was made of one does so itself. What the lease holds stays alive as long as
 * one process holds it: the sender may close its own at once. One thread.
 */
public final class PortLease implements AutoCloseable {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    /** The descriptor of the memory file in which the frames lie, if the device reads and writes them by itself. */
    public static final String MEMORY = "memory";

    private static final String VERSION = "penstock-lease 1";
    private static final int MAX_MESSAGE_BYTES = 64 << 10;
    private static final int MAX_DESCRIPTORS = 2048;

    private final DeviceSpec spec;
    private final boolean received;
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final Map<String, Integer> descriptors = new LinkedHashMap<>();
    private final Resources resources = new Resources();
    private final Resources afterwards = new Resources();

    /** One that a back end is about to fill. */
    public PortLease(DeviceSpec spec) {
        this(spec, false);
    }

    private PortLease(DeviceSpec spec, boolean received) {
        this.spec = spec;
        this.received = received;
    }

    /** Which port it is of. */
    public DeviceSpec spec() {
        return spec;
    }

    // ---- what it says

    /** States a fact; no line breaks. */
    public PortLease fact(String key, Object value) {
        facts.put(key, value.toString().replace('\n', ' '));
        return this;
    }

    /** Adds a descriptor; {@link #onClose} says who closes it here. */
    public PortLease descriptor(String name, int fd) {
        descriptors.put(name, fd);
        return this;
    }

    /** Adds what is undone, in reverse, when this process lets go of the lease. */
    public void onClose(Runnable closer) {
        resources.add(closer);
    }

    /** Adds what is undone after all that its back end has noted, such as memory that the device was given. */
    public void afterClose(Runnable closer) {
        afterwards.add(closer);
    }

    /**
     * A fact.
     *
     * @throws ConfigurationException if it was not stated
     */
    public String text(String key) {
        String value = facts.get(key);
        if (value == null) {
            throw malformed("it does not say '" + key + "'");
        }
        return value;
    }

    /**
     * A fact that is a number.
     *
     * @throws ConfigurationException if it was not stated, or is none
     */
    public long number(String key) {
        try {
            return Long.parseLong(text(key));
        } catch (NumberFormatException _) {
            throw malformed("'" + key + "' is not a number: " + text(key));
        }
    }

    /** Whether there is such a descriptor. */
    public boolean has(String name) {
        return descriptors.containsKey(name);
    }

    /**
     * A descriptor; it stays the lease's.
     *
     * @throws ConfigurationException if there is none of this name
     */
    public int descriptor(String name) {
        Integer fd = descriptors.get(name);
        if (fd == null) {
            throw malformed("it has no descriptor '" + name + "'");
        }
        return fd;
    }

    /** A descriptor that is the caller's from here on. Of a lease that was received. */
    public int take(String name) {
        int fd = descriptor(name);
        descriptors.remove(name);
        return fd;
    }

    // ---- the memory

    /** States the frames that a device was given. */
    public PortLease memory(FramePool pool) {
        return descriptor(MEMORY, pool.region().fd())
                .fact("memory.bytes", pool.region().lengthBytes())
                .fact("frames", pool.capacityFrames())
                .fact("frame.bytes", pool.strideBytes());
    }

    /**
     * Maps the memory that the device was given, as a region of this process, from which a pool is cut as the lease says. Of a
     * lease that was received; once.
     *
     * @throws ConfigurationException if the device has none of its own
     */
    public Region mapMemory() {
        return Region.attach(take(MEMORY));
    }

    /** How many frames of {@link #frameBytes()} lie at the beginning of the memory. */
    public int frameCount() {
        return (int) number("frames");
    }

    /** How far apart the frames lie. */
    public int frameBytes() {
        return (int) number("frame.bytes");
    }

    /** Refuses a pool whose frames do not lie as the device was told. */
    public void requireFrames(FramePool pool) {
        if (pool.region().lengthBytes() != number("memory.bytes")
                || pool.capacityFrames() != frameCount()
                || pool.strideBytes() != frameBytes()
                || ACCESS.frame(pool, 0).frameAddress() - pool.prefixBytes()
                        != pool.region().address()) {
            throw new ConfigurationException("the frames of '" + spec + "' are not those of its lease: "
                    + frameCount() + " of " + frameBytes() + " bytes at the beginning of " + number("memory.bytes")
                    + " bytes");
        }
    }

    // ---- from process to process

    /**
     * Sends it over a UNIX socket. The receiver has descriptors of its own then.
     *
     * @param timeoutNanos how long each message may wait
     * @throws ConfigurationException if it cannot be sent
     */
    public void send(int socketFd, long timeoutNanos) {
        StringBuilder head =
                new StringBuilder(VERSION).append('\n').append(spec).append('\n');
        head.append(String.join(",", descriptors.keySet()));
        facts.forEach((key, value) -> head.append('\n').append(key).append('=').append(value));
        sent(UnixSocket.send(socketFd, head.toString().getBytes(StandardCharsets.UTF_8), timeoutNanos));
        descriptors.forEach((name, fd) ->
                sent(UnixSocket.sendDescriptor(socketFd, fd, name.getBytes(StandardCharsets.UTF_8), timeoutNanos)));
    }

    private void sent(int result) {
        if (result < 0) {
            throw new ConfigurationException(
                    "the lease of '" + spec + "' could not be handed over: " + Errno.describe(-result));
        }
    }

    /**
     * Receives one.
     *
     * @param timeoutNanos how long to wait for each message
     * @throws ConfigurationException if none comes, or it is none; no descriptor is left open then
     */
    public static PortLease receive(int socketFd, long timeoutNanos) {
        UnixSocket.Received head = UnixSocket.receiveDescriptor(socketFd, MAX_MESSAGE_BYTES, timeoutNanos);
        if (head.descriptor() >= 0) {
            FileDescriptors.close(head.descriptor());
        }
        List<String> lines =
                new String(head.payload(), StandardCharsets.UTF_8).lines().toList();
        if (head.outcome() != UnixSocket.Outcome.NO_DESCRIPTOR
                || lines.size() < 3
                || !lines.getFirst().equals(VERSION)) {
            throw new ConfigurationException("expected a port's lease (" + VERSION + ") and got "
                    + (lines.isEmpty() ? head.outcome() : "'" + lines.getFirst() + "'"));
        }
        PortLease lease = new PortLease(DeviceSpec.of(lines.get(1)), true);
        boolean complete = false;
        try {
            for (String line : lines.subList(3, lines.size())) {
                int equals = line.indexOf('=');
                if (equals <= 0) {
                    throw lease.malformed("'" + line + "' is not KEY=VALUE");
                }
                lease.fact(line.substring(0, equals), line.substring(equals + 1));
            }
            lease.receiveDescriptors(socketFd, lines.get(2), timeoutNanos);
            complete = true;
            return lease;
        } finally {
            if (!complete) {
                lease.close();
            }
        }
    }

    private void receiveDescriptors(int socketFd, String names, long timeoutNanos) {
        String[] expected = names.isEmpty() ? new String[0] : names.split(",", -1);
        if (expected.length > MAX_DESCRIPTORS) {
            throw malformed(expected.length + " descriptors are too many");
        }
        for (String name : expected) {
            UnixSocket.Received next = UnixSocket.receiveDescriptor(socketFd, MAX_MESSAGE_BYTES, timeoutNanos);
            boolean fits = next.outcome() == UnixSocket.Outcome.DESCRIPTOR
                    && name.equals(new String(next.payload(), StandardCharsets.UTF_8))
                    && !has(name);
            if (!fits) {
                if (next.descriptor() >= 0) {
                    FileDescriptors.close(next.descriptor());
                }
                throw malformed("expected descriptor '" + name + "' and got " + next.outcome());
            }
            descriptor(name, next.descriptor());
        }
    }

    private ConfigurationException malformed(String what) {
        return new ConfigurationException("the lease of '" + spec + "' is not complete: " + what);
    }

    /** Lets go of it. Closing twice does nothing. */
    @Override
    public void close() {
        resources.close();
        if (received) {
            descriptors.values().stream().toList().reversed().forEach(FileDescriptors::close);
        }
        descriptors.clear();
        afterwards.close();
    }
}
