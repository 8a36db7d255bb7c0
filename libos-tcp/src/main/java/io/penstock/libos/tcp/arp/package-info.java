/** ARP (RFC 826, RFC 5227, RFC 1122 section 2.3.2): which hardware address a neighbour has. */
package io.penstock.libos.tcp.arp;
