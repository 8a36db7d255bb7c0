/** A server under siege: what peers do to it that keep to no rule, and what its honest clients notice of that. */
package io.penstock.benchmarks.siege;
