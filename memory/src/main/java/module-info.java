/**
 * Pinned memory regions, frame pools and reference-counted buffers.
 */
// "module": the friends below are not visible from here, as arrows run one way.
@SuppressWarnings("module")
module io.penstock.memory {
    requires transitive chronicle.bytes;
    requires transitive chronicle.core;
    requires transitive org.agrona;
    requires org.slf4j;

    exports io.penstock.memory;
    exports io.penstock.memory.os to
            io.penstock.datapath,
            io.penstock.testkit,
            io.penstock.libos.tcp,
            io.penstock.control,
            io.penstock.examples,
            io.penstock.benchmarks;
}
