/** Servers short enough to read in one sitting. */
package io.penstock.examples;
