/** Wires to test on: network namespaces joined by veth, or a TAP device, made and removed by the harness. */
package io.penstock.benchmarks.net;
