/** Processes that a test or a benchmark starts: whole command lines, what they print, how they end, what they cost. */
package io.penstock.testkit.process;
