package io.penstock.datapath.device.afxdp;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.device.DeviceSpec;
import io.penstock.linux.net.Ethtool;
import io.penstock.linux.net.NetworkInterfaceInfo;
import io.penstock.linux.net.RouteNetlink;
import java.util.stream.Collectors;

/**
 * The interface that a device's name stands for, locked against all other processes of Penstock.
 *
 * @param range which of its queues are taken
 * @param present how many it has
 * @param unlock gives it back; nothing the second time
 */
record AfXdpTarget(
        DeviceSpec spec,
        AfXdpOptions options,
        NetworkInterfaceInfo nic,
        AfXdpOptions.Queues range,
        int present,
        Runnable unlock) {
    /**
     * Finds and locks it.
     *
     * @throws ConfigurationException if it is not there, is down, lacks a queue, or is held by another process
     */
    static AfXdpTarget take(DeviceSpec spec) {
        AfXdpOptions options = AfXdpOptions.of(spec);
        NetworkInterfaceInfo nic = find(options.interfaceName());
        int present = Ethtool.rxQueues(nic.name());
        AfXdpOptions.Queues range = chooseQueues(spec, options.queues(), nic, present);
        return new AfXdpTarget(spec, options, nic, range, present, InterfaceLock.take(nic.name(), nic.index()));
    }

    int queueCount() {
        return range.last() - range.first() + 1;
    }

    private static AfXdpOptions.Queues chooseQueues(
            DeviceSpec spec, AfXdpOptions.Queues wanted, NetworkInterfaceInfo nic, int present) {
        if (wanted.last() == AfXdpOptions.Queues.OPEN_END) {
            return new AfXdpOptions.Queues(0, present - 1);
        }
        if (wanted.last() >= present) {
            throw new ConfigurationException("device '" + spec + "': there is no queue " + wanted.last() + ": "
                    + nic.name() + " has " + AfXdpOptions.Queues.count(present) + ", numbered from 0");
        }
        return wanted;
    }

    private static NetworkInterfaceInfo find(String name) {
        NetworkInterfaceInfo nic = RouteNetlink.find(name);
        if (nic == null) {
            throw new ConfigurationException("interface " + name + " does not exist here: there are "
                    + RouteNetlink.list().stream()
                            .map(NetworkInterfaceInfo::name)
                            .collect(Collectors.joining(", ")));
        }
        if (!nic.isUp()) {
            throw new ConfigurationException(
                    "interface " + nic.name() + " is down: switch it on with 'ip link set " + nic.name() + " up'");
        }
        return nic;
    }
}
