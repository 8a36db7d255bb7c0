/** Ethernet, ARP, IP, ICMP, UDP and TCP in user space; knows devices only through their SPI. */
package io.penstock.libos.tcp;
