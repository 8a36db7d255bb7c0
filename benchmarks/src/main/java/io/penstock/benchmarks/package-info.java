/** Microbenchmarks, and the side-by-side harness against real peers. */
package io.penstock.benchmarks;
