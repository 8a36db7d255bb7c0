/** DPDK against the kernel, and between processes that may be killed. */
package io.penstock.system.dpdk;
