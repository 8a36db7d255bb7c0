/** What the stack alone costs: two of them in one thread, with no kernel and no wire between but memory. */
package io.penstock.benchmarks.stack;
