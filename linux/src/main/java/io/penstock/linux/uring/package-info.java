/** The kernel's submission and completion rings. */
package io.penstock.linux.uring;
