/** {@code penstock echo} and {@code penstock kv} as processes, used and mistreated by programs that nobody here wrote. */
package io.penstock.system.server;
