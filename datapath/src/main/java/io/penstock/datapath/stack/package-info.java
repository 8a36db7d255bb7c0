/**
 * What every stack is built on, exported to stacks only: the table of operations, and the loop that runs inside the
 * waits.
 */
package io.penstock.datapath.stack;
