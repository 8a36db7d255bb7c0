/** TCP (RFC 9293): state machine, sender, receiver, timers, each in a file of its own. */
package io.penstock.libos.tcp.tcp;
