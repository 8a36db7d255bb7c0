package io.penstock.memory;

/**
 * What a device does to reach a region by itself, such as XDP_UMEM_REG of AF_XDP, {@code rte_extmem_register} and
 * {@code rte_dev_dma_map} of DPDK, or IORING_REGISTER_BUFFERS of io_uring.
 *
 * <p>Called by {@link Region#register}, on its caller's thread.
 */
public interface RegionDevice {
    /** What messages call it, such as {@code afxdp:eth1}. */
    String name();

    /**
     * Makes the region's pages known to the device.
     *
     * @throws RuntimeException if the device refuses; then nothing is registered
     */
    void register(Region region);

    /** Makes the device forget the region; after this it must not touch its pages any more. */
    void unregister(Region region);
}
