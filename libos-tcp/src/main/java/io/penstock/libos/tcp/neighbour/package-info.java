/** Who is where on the link: a cache of hardware addresses for either address family, in front of which ARP and NDP ask. */
package io.penstock.libos.tcp.neighbour;
