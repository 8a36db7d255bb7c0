/** What it costs to build a server in another style than on tokens. */
package io.penstock.benchmarks.embed;
