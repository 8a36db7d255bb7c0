/** What all kernel interfaces share: errors, raw memory, descriptors and waiting for them. */
package io.penstock.linux;
