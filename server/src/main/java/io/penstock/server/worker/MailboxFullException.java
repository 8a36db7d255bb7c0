package io.penstock.server.worker;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/** The stack has not yet run what it was given before, and there was no place for more: nothing was done, try again later. */
public final class MailboxFullException extends RejectedExecutionException {
    private static final long serialVersionUID = 1;

    MailboxFullException(Duration waited) {
        super("the stack's mailbox is full" + (waited.isZero() ? "" : ", also after " + waited));
    }
}
