/**
 * Penstock over DPDK beside DPDK's own forwarder, {@code dpdk-testpmd}.
 *
 * <pre>
 *   DpdkBench -&gt; DpdkMeasurement      one for each claim
 *                  |- NullPorts       io mode between two null ports
 *                  |- MemifSwap       macswap mode, packets from another process
 *                  |- BurstCost       one rx burst call and one tx burst call
 *                  |- BackEndEcho     TCP echo over net_af_xdp and over our own AF_XDP
 *                  |- MemifEcho       TCP echo between two processes, beside a cache line between two cores
 *                  `- RandomTraffic   DpdkSoak: random sizes and bursts, every mbuf counted
 *   Testpmd, L2fwd                    the processes that are measured
 * </pre>
 */
package io.penstock.benchmarks.dpdk;
