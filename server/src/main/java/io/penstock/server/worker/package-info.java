/** What other threads than the stack's do for a server: calls onto the stack's thread, and work that blocks, handed to workers and back. */
package io.penstock.server.worker;
