package io.penstock.datapath.grant;

/**
 * Says that its holder belongs to a stack. Public types ask for it in methods that only a stack may call: an
 * application cannot name this class, as its package is exported to stacks only.
 */
public final class StackGrant {
    /** For the classes of a stack. */
    public StackGrant() {}
}
