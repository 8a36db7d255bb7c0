/** Network namespaces of a test, with wires between them that lead nowhere else. */
package io.penstock.testkit.net;
