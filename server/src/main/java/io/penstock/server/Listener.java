package io.penstock.server;

/**
 * What is served at one address over TCP.
 *
 * @param queue on which connections come in, and to which this is attached
 * @param handlers makes a handler for each connection
 */
record Listener(int queue, Framing framing, HandlerFactory handlers) {}
