/** The demo: what Penstock is good for, shown on this very machine in half a minute. */
package io.penstock.benchmarks.demo;
