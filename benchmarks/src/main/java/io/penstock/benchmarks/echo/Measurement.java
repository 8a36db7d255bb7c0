package io.penstock.benchmarks.echo;

import io.penstock.benchmarks.load.LoadResult;

/** What one server did under one load in one round. */
public record Measurement(int round, ServerKind server, Scenario scenario, LoadResult result) {}
