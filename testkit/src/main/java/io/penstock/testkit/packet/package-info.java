/** Packets made and read by hand, byte by byte, and peers that are scripted with them; nothing is taken from the code under test. */
package io.penstock.testkit.packet;
