/** The commands {@code bench} and {@code demo}, and those that they start. */
package io.penstock.benchmarks.cli;
