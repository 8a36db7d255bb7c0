/** Much data through the TCP echo, on one connection and on a thousand, over a real wire and over a bad one. */
package io.penstock.benchmarks.bulk;
