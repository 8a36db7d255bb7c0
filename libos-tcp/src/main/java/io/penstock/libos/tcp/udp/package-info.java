/** UDP (RFC 768, RFC 1122 section 4.1, RFC 8085). */
package io.penstock.libos.tcp.udp;
