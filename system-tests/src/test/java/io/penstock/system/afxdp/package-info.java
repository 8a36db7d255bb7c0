/**
 * The back ends that need a kernel, AF_XDP and TAP, against the real one: network namespaces that the tests make, kernel
 * sockets at the far end. Needs root, as AF_XDP does.
 */
package io.penstock.system.afxdp;
