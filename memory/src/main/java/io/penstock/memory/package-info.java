/** Pinned memory regions, frame pools and reference-counted buffers; knows nothing of packets. */
package io.penstock.memory;
