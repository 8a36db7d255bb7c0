/**
 * The queue-token API: queues carry buffers, operations return tokens, waits return completions.
 *
 * <p>Start with {@link io.penstock.datapath.LibOs}. The rules of every operation stand there, and one contract test runs
 * them against every stack and every device.
 */
package io.penstock.datapath;
