/** The one helper on which every system call of Penstock stands. */
package io.penstock.memory.os;
