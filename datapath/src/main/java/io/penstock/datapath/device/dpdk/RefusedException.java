package io.penstock.datapath.device.dpdk;

import io.penstock.datapath.ConfigurationException;

/** A call that DPDK refused. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int ENOTSUP = 95;

    /** A positive errno. */
    final int errno;

    RefusedException(String what, int errno) {
        super(what + ": " + Eal.describe(errno));
        this.errno = errno;
    }

    /** @param result of a call: below zero it is what the call was refused for, as a negative errno */
    static void check(String what, int result) {
        if (result < 0) {
            throw new RefusedException(what, -result);
        }
    }

    boolean isNotSupported() {
        return errno == ENOTSUP;
    }

    /** As what it becomes for who opens a device. */
    ConfigurationException asConfigurationException(String device, String lastWords) {
        return new ConfigurationException("device '" + device + "': " + getMessage()
                + (lastWords.isEmpty() ? "" : " (DPDK says: " + lastWords + ")"));
    }
}
