/** A key-value store that speaks Redis's protocol: it keeps buffers for longer than a request. */
package io.penstock.examples.kv;
