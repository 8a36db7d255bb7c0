/**
 * The device SPI: all that a back end implements, and all that a stack knows of one.
 *
 * <p>A back end is a {@link io.penstock.datapath.device.DeviceProvider} found by its scheme, which opens a
 * {@link io.penstock.datapath.device.PacketPort}; a stack runs on a {@link io.penstock.datapath.device.PacketQueue} of it.
 */
package io.penstock.datapath.device;
