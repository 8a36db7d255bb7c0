package io.penstock.testkit.net;

/** Two namespaces that can reach each other, and where Penstock finds its device. */
public interface Wire extends AutoCloseable {
    /** Where the client is. */
    NetworkNamespace client();

    /** Where the servers on kernel sockets are. */
    NetworkNamespace kernelServer();

    /** Where Penstock's server is. */
    NetworkNamespace penstockServer();

    /** The address of the servers on kernel sockets. */
    String kernelAddress();

    /** Penstock's own address with the length of its prefix; the kernel does not have it. */
    String penstockCidr();

    /** Penstock's own address. */
    default String penstockAddress() {
        return penstockCidr().substring(0, penstockCidr().indexOf('/'));
    }

    /** Whether Penstock's device is its own, so that its server may stay open, paused, while others are measured. */
    default boolean isPenstocksAlone() {
        return false;
    }

    /** The device that Penstock opens, such as {@code afxdp:vb}. */
    String device();

    @Override
    void close();
}
