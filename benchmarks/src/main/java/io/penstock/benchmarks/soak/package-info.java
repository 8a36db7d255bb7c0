/** Long runs that look for what shows only after many repetitions: leaks, growth, mixed-up contents. */
package io.penstock.benchmarks.soak;
