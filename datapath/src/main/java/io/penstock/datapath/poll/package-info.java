/** The run-to-completion loop: its turn, its clock, its timers, its mailbox and what it does when idle. */
package io.penstock.datapath.poll;
