/** What the transports know of the layers below: paths to peers. */
package io.penstock.libos.tcp.ip;
