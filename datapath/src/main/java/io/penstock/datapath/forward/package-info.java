/**
 * The packet forwarder and packet echo: below any stack, over any device.
 *
 * <pre>
 *   Forwarder -&gt; Bridge              from device to device
 *                  |- the back end's own, if it has one
 *                  `- FrameBridge    over the device SPI
 *   PacketEdit                       what happens to packets on the way
 *     |- MacSwap
 *     `- EchoEdit
 * </pre>
 */
package io.penstock.datapath.forward;
