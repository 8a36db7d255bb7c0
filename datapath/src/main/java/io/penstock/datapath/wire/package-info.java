/**
 * One flyweight per header, from Ethernet to TCP, and checksums: static methods on absolute addresses, without state.
 * Only TCP's options are read into an object, as a segment has any number of them.
 */
package io.penstock.datapath.wire;
