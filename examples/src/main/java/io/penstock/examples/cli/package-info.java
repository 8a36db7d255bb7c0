/** The examples' commands: options in, a server out. */
package io.penstock.examples.cli;
