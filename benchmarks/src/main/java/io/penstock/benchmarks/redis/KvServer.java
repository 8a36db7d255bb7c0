package io.penstock.benchmarks.redis;

/** The two servers that speak Redis's protocol here. */
enum KvServer {
    PENSTOCK("penstock kv"),
    REDIS("redis-server");

    private final String label;

    KvServer(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
