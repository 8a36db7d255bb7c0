/** Linux's interfaces that a datapath needs, one class per kernel interface, by plain system calls. */
package io.penstock.datapath.os;
