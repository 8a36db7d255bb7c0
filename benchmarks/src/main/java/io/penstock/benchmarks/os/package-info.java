/** The Linux interfaces that the harness needs beyond the product's own: sockets, epoll, namespaces, pinning. */
package io.penstock.benchmarks.os;
