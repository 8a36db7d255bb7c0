/**
 * The KV store as a process on AF_XDP, next to the redis-server of this machine: the same said to both, and Redis's own
 * clients. Needs root, as AF_XDP does.
 */
package io.penstock.system.kv;
