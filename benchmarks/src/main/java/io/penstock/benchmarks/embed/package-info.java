/** Penstock in a project of a user's own: the one that docs/embed.md prints, and how long it takes to serve a request. */
package io.penstock.benchmarks.embed;
