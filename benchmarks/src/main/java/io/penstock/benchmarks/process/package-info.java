/** Processes that the harness starts: whole command lines, what they print, how they end, what they cost. */
package io.penstock.benchmarks.process;
