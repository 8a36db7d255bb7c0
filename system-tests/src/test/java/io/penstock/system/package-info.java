/** End-to-end tests: the commands as a user starts them, on real kernels. */
package io.penstock.system;
