/** Ethernet: what comes from the device and what goes to it. */
package io.penstock.libos.tcp.link;
