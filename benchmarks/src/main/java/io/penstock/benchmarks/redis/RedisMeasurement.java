package io.penstock.benchmarks.redis;

/** What one command did on one server at one number of connections in one round. */
record RedisMeasurement(int round, KvServer server, int connections, RedisFigures figures) {
    String command() {
        return figures.command();
    }
}
