/** The process around a server: signals, a ready line, drain, exit codes. */
package io.penstock.server.process;
