/** How much a TCP connection may have under way: one file for each algorithm, and one class for the application's own. */
package io.penstock.libos.tcp.congestion;
