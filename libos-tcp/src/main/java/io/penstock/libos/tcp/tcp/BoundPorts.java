package io.penstock.libos.tcp.tcp;

import org.agrona.collections.Int2ObjectHashMap;

/** Which sockets have which local ports by {@code bind}: chains of sockets with the same port, differing in address. */
final class BoundPorts {
    /** ::ffff:0.0.0.0, the other way to write "any address". */
    private static final long IPV4_ANY_LOW = 0xffff_0000_0000L;

    private final Int2ObjectHashMap<TcpSocket> firstByPort = new Int2ObjectHashMap<>();

    static boolean isAny(long high, long low) {
        return high == 0 && (low == 0 || low == IPV4_ANY_LOW);
    }

    boolean isFree(long high, long low, int port) {
        boolean any = isAny(high, low);
        for (TcpSocket s = firstByPort.get(port); s != null; s = s.nextOnPort) {
            if (any || isAny(s.boundHigh, s.boundLow) || (s.boundHigh == high && s.boundLow == low)) {
                return false;
            }
        }
        return true;
    }

    /** Whether nobody has this port at any address. */
    boolean isUnused(int port) {
        return !firstByPort.containsKey(port);
    }

    void add(TcpSocket socket) {
        socket.nextOnPort = firstByPort.put(socket.boundPort, socket);
    }

    void remove(TcpSocket socket) {
        TcpSocket s = firstByPort.get(socket.boundPort);
        if (s == socket) {
            if (socket.nextOnPort == null) {
                firstByPort.remove(socket.boundPort);
            } else {
                firstByPort.put(socket.boundPort, socket.nextOnPort);
            }
        } else {
            while (s.nextOnPort != socket) {
                s = s.nextOnPort;
            }
            s.nextOnPort = socket.nextOnPort;
        }
        socket.nextOnPort = null;
    }

    /** Whether who listens at this port takes no new connections as the server ends. */
    boolean isEnding(int port) {
        for (TcpSocket s = firstByPort.get(port); s != null; s = s.nextOnPort) {
            if (s.listener != null && s.listener.refuses) {
                return true;
            }
        }
        return false;
    }

    /** Who listens there: on that very address before on any. Null if nobody does. */
    TcpListener listener(long high, long low, int port) {
        TcpListener onAny = null;
        for (TcpSocket s = firstByPort.get(port); s != null; s = s.nextOnPort) {
            if (s.listener != null && !s.listener.refuses) {
                if (s.boundHigh == high && s.boundLow == low) {
                    return s.listener;
                }
                if (isAny(s.boundHigh, s.boundLow)) {
                    onAny = s.listener;
                }
            }
        }
        return onAny;
    }
}
