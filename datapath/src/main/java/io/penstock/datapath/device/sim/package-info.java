/** A wire in virtual time that loses, delays, reorders, duplicates and corrupts, from a seed. */
package io.penstock.datapath.device.sim;
