/**
 * One flyweight per header, from Ethernet to TCP, and checksums: static methods on absolute addresses, without state. Only
 * the options of TCP are read into an object, as a segment has any of them or none.
 */
package io.penstock.datapath.wire;
