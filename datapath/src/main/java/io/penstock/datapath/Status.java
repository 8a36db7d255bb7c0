package io.penstock.datapath;

/** How an operation ended. The numbers are those of Linux's errno. */
public enum Status {
    /** It did what it says. */
    OK(0),
    /** Nothing could be taken now: wait for a completion, then try again (EAGAIN). */
    TRY_AGAIN(11),
    /** No frame was free (ENOMEM). */
    NO_MEMORY(12),
    /** The operation does not fit the queue's state or kind, such as listen on a connected queue (EINVAL). */
    INVALID(22),
    /** The stream was closed for sending before this push (EPIPE). */
    BROKEN_PIPE(32),
    /** A datagram larger than a frame can carry (EMSGSIZE). */
    MESSAGE_TOO_LONG(90),
    /** Another queue has the address and port (EADDRINUSE). */
    ADDRESS_IN_USE(98),
    /** The address is not the stack's (EADDRNOTAVAIL). */
    ADDRESS_NOT_AVAILABLE(99),
    /** The link is down or the device is gone (ENETDOWN). */
    NETWORK_DOWN(100),
    /** No route: off the link and no gateway (ENETUNREACH). */
    NETWORK_UNREACHABLE(101),
    /** This side gave the connection up (ECONNABORTED). */
    CONNECTION_ABORTED(103),
    /** The peer reset the connection (ECONNRESET). */
    CONNECTION_RESET(104),
    /** There is no connection yet (ENOTCONN). */
    NOT_CONNECTED(107),
    /** The peer did not answer for too long (ETIMEDOUT). */
    TIMED_OUT(110),
    /** Nobody listens there (ECONNREFUSED). */
    CONNECTION_REFUSED(111),
    /** Nobody answers for that address on the link (EHOSTUNREACH). */
    HOST_UNREACHABLE(113),
    /** The queue was closed while the operation waited (ECANCELED). */
    CANCELLED(125);

    private final int errno;

    Status(int errno) {
        this.errno = errno;
    }

    /** Linux's number for it; 0 for {@link #OK}. */
    public int errno() {
        return errno;
    }
}
