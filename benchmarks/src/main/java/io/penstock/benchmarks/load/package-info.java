/** The load generator: a closed loop over kernel sockets that checks every byte, and what it measures. */
package io.penstock.benchmarks.load;
