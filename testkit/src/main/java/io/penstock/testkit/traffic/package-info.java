/** Applications that are all traffic, on any libOS: an echo, its clients, a stream. */
package io.penstock.testkit.traffic;
