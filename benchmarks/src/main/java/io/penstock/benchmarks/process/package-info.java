/** Processes of Penstock as the harness starts them, and where they stand on the machine. */
package io.penstock.benchmarks.process;
