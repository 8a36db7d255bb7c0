/** The way up: from the device's burst through the headers to the protocol that a packet is for. */
package io.penstock.libos.tcp.input;
