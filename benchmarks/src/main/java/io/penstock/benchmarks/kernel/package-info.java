/** The servers that Penstock is measured against: kernel sockets, spinning and blocking, and Netty's epoll transport. */
package io.penstock.benchmarks.kernel;
