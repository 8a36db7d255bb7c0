/** The rules of the queue-token API, as tests to be inherited. */
package io.penstock.testkit.contract;
