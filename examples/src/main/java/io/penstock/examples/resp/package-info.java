/** Redis's protocol, RESP2: requests as they arrive, and replies. */
package io.penstock.examples.resp;
