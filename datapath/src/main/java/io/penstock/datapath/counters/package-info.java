/** Counters that cost a plain store to write and that tools read from outside the process. */
package io.penstock.datapath.counters;
