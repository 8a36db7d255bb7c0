/** A wire between two processes, or two stacks of one, in shared memory. */
package io.penstock.datapath.device.shm;
