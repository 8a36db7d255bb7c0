/** Echo, side by side: Penstock, kernel sockets spinning and blocking, and Netty. */
package io.penstock.benchmarks.echo;
