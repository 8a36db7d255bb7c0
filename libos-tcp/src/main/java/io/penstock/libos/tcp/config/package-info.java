/** What can be set: one table, from which file, command line, the list of what is in force and the documentation follow. */
package io.penstock.libos.tcp.config;
