package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSetup.Steering;
import io.penstock.linux.net.LinkWatch;

/**
 * An interface that this process has acquired: the lock, and one steering program for all of its queues, whoever polls them.
 * The program comes with the first of the stacks and goes with the last, so that without any the interface is the kernel's
 * alone; the lock goes when the opener and all stacks have let go.
 *
 * <p>Any thread.
 */
final class AfXdpInterface implements AutoCloseable {
    private final AfXdpTarget target;
    private Steering steering;
    private SteeringAttachment attachment;
    /** Whether the kernel has the addresses too. */
    private boolean kernelHasAddress;

    private int steered;
    private int holders = 1;
    private boolean closed;
    /** 0 while none is attached. */
    private volatile int programId;

    AfXdpInterface(AfXdpTarget target) {
        this.target = target;
    }

    AfXdpTarget target() {
        return target;
    }

    /** One stack's use of the program. */
    static final class Use implements AutoCloseable {
        private final AfXdpInterface held;
        private final SteeringAttachment attachment;
        private boolean steers = true;
        private boolean closed;

        private Use(AfXdpInterface held) {
            this.held = held;
            this.attachment = held.attachment;
        }

        /** The program that is attached. */
        SteeringAttachment attachment() {
            return attachment;
        }

        /** No packets are steered for it any more: of the last stack the program is detached. */
        void stop() {
            synchronized (held) {
                if (steers) {
                    steers = false;
                    held.stopped();
                }
            }
        }

        @Override
        public void close() {
            stop();
            synchronized (held) {
                if (!closed) {
                    closed = true;
                    held.letGo();
                }
            }
        }
    }

    /**
     * Has packets steered for one stack more.
     *
     * @param shared whether the kernel has the addresses too
     * @throws ConfigurationException if the program cannot be had, or steers other packets for another stack
     */
    synchronized Use use(Steering wanted, boolean shared) {
        if (attachment == null) {
            attachment = SteeringAttachment.attach(target.options(), wanted, target.nic(), shared);
            programId = attachment.programId();
            steering = wanted;
            kernelHasAddress = shared;
        } else if (!steering.equals(wanted)) {
            throw new ConfigurationException("device '" + target.spec() + "' takes packets " + steering
                    + " for the stack on another of its queues, by one program for all: give this one the same, not "
                    + wanted);
        } else if (kernelHasAddress != shared) {
            throw new ConfigurationException(
                    "device '" + target.spec() + "': the kernel has " + (shared ? "got" : "lost")
                            + " the stacks' address since the first of them was opened: open all again");
        }
        steered++;
        holders++;
        return new Use(this);
    }

    private void stopped() {
        if (--steered == 0) {
            programId = 0;
            attachment.close();
            attachment = null;
        }
    }

    private void letGo() {
        if (--holders == 0) {
            target.unlock().run();
        }
    }

    /** Attaches the program anew, so that it runs on queues that have come to be. */
    synchronized void renewProgram() {
        if (attachment != null) {
            attachment.renew();
            programId = attachment.programId();
        }
    }

    /** Whether the interface has another program than ours, or none. */
    boolean hasOtherProgram(LinkWatch link) {
        return link.programId() != programId && hasOtherProgramNow(link);
    }

    /** What was announced may be older than what has been done here, by whatever stack. */
    private synchronized boolean hasOtherProgramNow(LinkWatch link) {
        link.ask();
        return !link.isGone() && link.programId() != programId;
    }

    /** The opener lets go of it. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            letGo();
        }
    }
}
