/**
 * JMH microbenchmarks: every nanosecond that is claimed.
 */
package io.penstock.benchmarks.micro;
