/** Devices that a test feeds and reads, that check what they are given, or that stand before another one. */
package io.penstock.testkit.device;
