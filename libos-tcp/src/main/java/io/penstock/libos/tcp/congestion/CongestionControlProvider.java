package io.penstock.libos.tcp.congestion;

/**
 * Makes a congestion control of one's own known to every stack of the process, so that a file, a command line or a queue
 * option can name it: found by {@link java.util.ServiceLoader}, declared in {@code META-INF/services} or by {@code provides} in
 * a module's descriptor.
 */
public interface CongestionControlProvider {
    /** What it is called: 1 to 32 lower-case letters, digits, points and hyphens. */
    String name();

    /** One more, for a connection, on the stack's thread; never null. */
    CustomCongestionControl make();
}
