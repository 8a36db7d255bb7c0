/** Memory: mappings, nodes and physical pages. */
package io.penstock.linux.mem;
