/** Sockets, interfaces and what passes them: netlink, ethtool, bpf, XDP and packet sockets, TAP. */
package io.penstock.linux.net;
