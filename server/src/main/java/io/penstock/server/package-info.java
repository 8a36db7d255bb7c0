/** Servers of requests and answers: framing, back-pressure, limits and drain, on the queue-token API of any libOS. */
package io.penstock.server;
