package io.penstock.datapath.grant;

/**
 * Says that its holder belongs to a stack. Types that applications see ask for it where they give out what only a stack may
 * use: an application cannot name this class, as its package is exported to stacks only.
 */
public final class StackGrant {
    /** For the classes of a stack. */
    public StackGrant() {}
}
