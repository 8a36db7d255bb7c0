package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a port comes from, and how it is let go of again. */
interface PortSource {
    /**
     * Makes the port.
     *
     * @return its number
     * @throws ConfigurationException if it cannot be had
     */
    int plug();

    /** Closes the port and gives the device back. */
    void unplug(int port);

    /**
     * A device that a bus of DPDK's knows.
     *
     * @param bus {@code pci} or {@code vdev}
     * @param device its name there
     * @param arguments for its driver
     * @param given as the operator named it
     */
    record OnBus(String bus, String device, String arguments, String given) implements PortSource {
        private static final Logger LOG = LoggerFactory.getLogger(PortSource.class);
        private static final int ENODEV = 19;
        private static final int ENOENT = 2;
        private static final int EFAULT = 14;

        @Override
        public int plug() {
            if (Ethdev.portByName(device) >= 0) {
                return Ethdev.portByName(device); // EAL found it by itself when it started
            }
            int result = Eal.plug(bus, device, arguments);
            int port = result == 0 ? Ethdev.portByName(device) : -1;
            if (port >= 0) {
                return port;
            }
            if (result == 0) {
                unplugFromBus();
            }
            throw refused(-result);
        }

        private ConfigurationException refused(int errno) {
            String name = "device 'dpdk:" + given + "'";
            if (bus.equals("pci")) {
                return new ConfigurationException(
                        name + ": DPDK has no driver for this PCI device, or its driver refused it ("
                                + Eal.describe(errno) + "): " + Eal.lastWords());
            }
            if (errno == ENODEV || errno == ENOENT || errno == EFAULT) {
                return new ConfigurationException(name + ": DPDK knows no such device: expected a PCI address such as"
                        + " 0000:3b:00.0, or a virtual one, a driver's name with a number: net_af_xdp0, net_af_packet0, net_tap0,"
                        + " net_memif0, net_virtio_user0, net_vhost0, net_ring0, net_null0, net_pcap0");
            }
            return new ConfigurationException(name + (arguments.isEmpty() ? "" : " with '" + arguments + "'")
                    + ": its driver refused (" + Eal.describe(errno) + "): " + Eal.lastWords());
        }

        @Override
        public void unplug(int port) {
            try {
                Ethdev.close(port);
            } catch (RefusedException e) {
                LOG.warn("{}", given, e);
            }
            unplugFromBus();
        }

        private void unplugFromBus() {
            int result = Eal.unplug(bus, device);
            if (result < 0) {
                LOG.debug("{}: not given back to its bus: {}", given, Eal.describe(result));
            }
        }
    }
}
