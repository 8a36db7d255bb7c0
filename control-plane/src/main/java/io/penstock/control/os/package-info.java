/** What the control plane asks the kernel: netlink and ethtool, one class for each interface. */
package io.penstock.control.os;
