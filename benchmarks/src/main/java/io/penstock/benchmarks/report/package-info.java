/** What a bench says at its end: claims, tables, JSON, pictures. */
package io.penstock.benchmarks.report;
