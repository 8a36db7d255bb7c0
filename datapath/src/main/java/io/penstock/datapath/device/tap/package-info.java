/** Ethernet frames through /dev/net/tun: needs no NIC, and works in an unprivileged user namespace. */
package io.penstock.datapath.device.tap;
