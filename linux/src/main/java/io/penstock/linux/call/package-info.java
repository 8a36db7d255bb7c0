/** The one caller on which every call into the kernel stands. Nobody outside this module binds a function of the C library. */
package io.penstock.linux.call;
