/** The KV server against redis-server, driven by redis-benchmark. */
package io.penstock.benchmarks.redis;
