/** The root of the command line; modules contribute their commands through a service. */
package io.penstock.control.cli;
