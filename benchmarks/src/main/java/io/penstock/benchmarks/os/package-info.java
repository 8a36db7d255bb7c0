/** The Linux interfaces that the harness needs beyond the product's own: sockets, epoll, packets, exec. */
package io.penstock.benchmarks.os;
