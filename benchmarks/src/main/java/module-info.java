/**
 * Microbenchmarks, and the side-by-side harness against real peers.
 */
module io.penstock.benchmarks {
    requires io.penstock.linux;
    requires com.fasterxml.jackson.databind;
    requires info.picocli;
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires io.netty.transport.classes.epoll;
    requires io.penstock.control;
    requires io.penstock.examples;
    requires io.penstock.libos.tcp;
    requires io.penstock.server;
    requires io.penstock.testkit;
    requires java.management;
    requires jmh.core;
    requires HdrHistogram;
    requires org.slf4j;

    opens io.penstock.benchmarks.bulk to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.cli to
            info.picocli;
    opens io.penstock.benchmarks.demo to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.dpdk to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.echo to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.memory to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.redis to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.stack to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.soak to
            com.fasterxml.jackson.databind;
    opens io.penstock.benchmarks.load to
            com.fasterxml.jackson.databind;

    provides io.penstock.control.cli.CommandProvider with
            io.penstock.benchmarks.cli.BenchClientCommand.Provider,
            io.penstock.benchmarks.cli.StackClientCommand.Provider,
            io.penstock.benchmarks.cli.BenchCommand.Provider,
            io.penstock.benchmarks.cli.BenchServerCommand.Provider,
            io.penstock.benchmarks.cli.BulkClientCommand.Provider,
            io.penstock.benchmarks.cli.DemoCommand.Provider,
            io.penstock.benchmarks.cli.SiegeClientCommand.Provider,
            io.penstock.benchmarks.cli.SoakCommand.Provider;
}
