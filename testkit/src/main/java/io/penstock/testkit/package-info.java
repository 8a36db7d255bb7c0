/**
 * What servers and libOSes are tested with: a libOS without a network, counters of garbage and of what is left behind, and, in
 * the packages below, the contract of a libOS, devices, packets, traffic, wires and processes.
 */
package io.penstock.testkit;
