/**
 * What a connection keeps its two streams of bytes in: what was pushed, what is under way, what has arrived, how long it takes.
 * Knows sequence numbers, and no states of a connection.
 */
package io.penstock.libos.tcp.stream;
