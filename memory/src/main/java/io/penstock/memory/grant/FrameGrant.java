package io.penstock.memory.grant;

/**
 * Says that its holder belongs to a stack or a device back end. Public types ask for it where they give what only those may
 * use: an application cannot name this class, as its package is exported to their modules only.
 */
public final class FrameGrant {
    /** For the classes of a stack or a back end. */
    public FrameGrant() {}
}
