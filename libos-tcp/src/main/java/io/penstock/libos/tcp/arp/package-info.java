/** ARP: answers for the stack's own address, and asks for the {@link io.penstock.libos.tcp.neighbour neighbour cache}. */
package io.penstock.libos.tcp.arp;
