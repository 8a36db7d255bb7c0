/**
 * AF_XDP by direct system calls: a UMEM over the pool's region, four rings a socket, one socket a receive queue, and a
 * steering program that is assembled here.
 *
 * <pre>
 *                     steering program (XDP)
 *   NIC queue 0 --+--&gt; ours? --&gt; XSKMAP[0] --&gt; rx ring 0 --+
 *                 |                                         +--&gt; rxBurst      frames: fill ring -&gt; kernel -&gt; rx ring -&gt; stack
 *   NIC queue 1 --+--&gt; ours? --&gt; XSKMAP[1] --&gt; rx ring 1 --+
 *                 +--&gt; else: the kernel's own stack
 *
 *   txBurst --&gt; tx ring of the flow's queue --&gt; NIC --&gt; its completion ring --&gt; reclaim     frames: stack -&gt; tx ring -&gt; completion ring
 * </pre>
 *
 * <p>Opening has two halves, with an {@code AfXdpLease} between: {@code AfXdpAcquisition} needs privileges, {@code AfXdpPort}
 * makes a queue of what it gave, here or in another process.
 */
package io.penstock.datapath.device.afxdp;
