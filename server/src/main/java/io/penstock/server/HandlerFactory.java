package io.penstock.server;

/** Makes a handler for each connection, when it begins. What it throws ends the connection ({@link EndReason#FAILED}). */
@FunctionalInterface
public interface HandlerFactory {
    /** A handler for this connection alone. */
    Handler open(Connection connection);
}
