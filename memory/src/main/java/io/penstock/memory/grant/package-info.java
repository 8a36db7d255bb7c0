/** Who may do with frames what only stacks and devices do: exported to the modules that those and their tests are made of. */
package io.penstock.memory.grant;
