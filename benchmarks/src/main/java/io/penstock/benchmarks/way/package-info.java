/** Which source files a packet enters on its way through the stack. */
package io.penstock.benchmarks.way;
