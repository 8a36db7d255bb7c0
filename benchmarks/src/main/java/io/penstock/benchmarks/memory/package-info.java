/** The memory bench: buffers beside Netty's allocators, the JDK's arenas and raw segments. */
package io.penstock.benchmarks.memory;
