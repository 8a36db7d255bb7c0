/** One flyweight per header, no state: static methods on absolute addresses. */
package io.penstock.libos.tcp.wire;
