/** What stacks are made of, and nobody else's business: the table of operations, and the loop that waits turn. */
package io.penstock.datapath.stack;
