/** Who may do what only a stack does: exported to the modules that stacks and their tests are made of. */
package io.penstock.datapath.grant;
