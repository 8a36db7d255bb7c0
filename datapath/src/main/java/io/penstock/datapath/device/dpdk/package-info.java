/**
 * DPDK through FFM, without a line of C: {@code dpdk:VDEV-or-PCI}.
 *
 * <pre>
 *   DpdkProvider -&gt; DpdkPacketPort -&gt; DpdkQueueOpener -&gt; DpdkQueue   the device SPI
 *                                   |- RxFrames           mbufs of the stack's frames, given to the driver and received
 *                                   |- TxFrames           frames in the driver's ring, until their mbufs come back
 *                                   `- BurstFunctions     rte_eth_fp_ops
 *                `-&gt; DpdkBridgeOpener -&gt; DpdkBridge   two ports, mbufs from driver to driver
 *   DpdkPort, DpdkOptions                                 one ethdev: queues, start, stop
 *   Eal, EalSettings, EalLog                              the process' one environment
 *   Dpdk, Abi, Mbuf, Mempool, Ethdev                      the library: symbols, offsets, structures, functions
 * </pre>
 *
 * <p>DPDK's burst functions and buffer operations are inline in its headers; what they do is call function pointers that
 * the library exports, in {@code rte_eth_fp_ops} and {@code rte_mempool_ops_table}. Java calls the same pointers.
 */
package io.penstock.datapath.device.dpdk;
