/** What a process that serves has of the operating system: the signals that end it. */
package io.penstock.datapath.process;
