/** What every server of requests over TCP needs: a loop, input cut anywhere, output that may have to wait. */
package io.penstock.examples.stream;
