/**
 * Penstock in a project of a user's own: the one that docs/embed.md prints, and how long it takes to serve a request; and what it
 * costs to build a server in another style than on tokens.
 */
package io.penstock.benchmarks.embed;
