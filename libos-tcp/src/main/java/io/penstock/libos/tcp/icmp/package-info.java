/** ICMP (RFC 792, RFC 1122 section 3.2.2). */
package io.penstock.libos.tcp.icmp;
