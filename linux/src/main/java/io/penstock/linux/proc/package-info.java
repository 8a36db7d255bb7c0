/** What a process and its threads may do, where they run, and what limits them. */
package io.penstock.linux.proc;
