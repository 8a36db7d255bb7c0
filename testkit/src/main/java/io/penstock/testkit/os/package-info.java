/** The few Linux calls that wires in namespaces need. */
package io.penstock.testkit.os;
