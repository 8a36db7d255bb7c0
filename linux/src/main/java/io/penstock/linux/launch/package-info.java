/** How an executable jar begins, whatever Java it meets. */
package io.penstock.linux.launch;
