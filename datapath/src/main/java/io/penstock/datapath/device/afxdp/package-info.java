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
 *   txBurst --&gt; tx ring 0 --&gt; NIC --&gt; completion ring 0 --&gt; reclaim            frames: stack -&gt; tx ring -&gt; completion ring
 * </pre>
 */
package io.penstock.datapath.device.afxdp;
