package io.penstock.datapath.device.afxdp;

import static io.penstock.linux.proc.Capabilities.Capability.CAP_BPF;
import static io.penstock.linux.proc.Capabilities.Capability.CAP_NET_ADMIN;
import static io.penstock.linux.proc.Capabilities.Capability.CAP_NET_RAW;
import static io.penstock.linux.proc.Capabilities.Capability.CAP_SYS_ADMIN;

import io.penstock.datapath.ConfigurationException;
import io.penstock.linux.Errno;
import io.penstock.linux.proc.Capabilities;
import java.util.List;

/** What is said when the kernel refuses a step of opening a device. */
final class Refusals {
    private Refusals() {}

    /** Which capability was missing, and which ones will be next, in one line. */
    static ConfigurationException notPermitted(String what, String capability) {
        boolean mayAll = Capabilities.missing(CAP_SYS_ADMIN).isEmpty(); // as good as CAP_BPF, and older
        List<String> others = Capabilities.missing(CAP_NET_RAW, CAP_NET_ADMIN, CAP_BPF).stream()
                .filter(missing -> missing != CAP_BPF || !mayAll)
                .map(Enum::name)
                .filter(name -> !capability.contains(name))
                .toList();
        return new ConfigurationException(what + " needs " + capability
                + (others.isEmpty() ? "" : ", and what follows needs " + String.join(" and ", others))
                + ": run as root, or grant it (setcap on a copy of java, or AmbientCapabilities= of systemd)");
    }

    static ConfigurationException failed(String what, int errno) {
        return new ConfigurationException(what + " failed: " + Errno.describe(errno));
    }
}
