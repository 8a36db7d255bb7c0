/**
 * Pinned memory regions, frame pools and reference-counted buffers.
 */
// "module": the friends below are not visible from here, as arrows run one way.
@SuppressWarnings("module")
module io.penstock.memory {
    requires io.penstock.linux;
    requires transitive chronicle.bytes;
    requires transitive chronicle.core;
    requires transitive org.agrona;
    requires org.slf4j;

    exports io.penstock.memory;
    exports io.penstock.memory.grant to
            io.penstock.datapath,
            io.penstock.libos.tcp,
            io.penstock.testkit,
            io.penstock.benchmarks;
}
