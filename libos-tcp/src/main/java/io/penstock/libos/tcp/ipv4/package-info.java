/** Paths to IPv4 peers: routes, neighbours and prepared headers. */
package io.penstock.libos.tcp.ipv4;
