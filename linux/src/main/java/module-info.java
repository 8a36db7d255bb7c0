/**
 * The interfaces of the Linux kernel that Penstock uses, one class for each, by plain system calls.
 */
// "module": the sisters below are not visible from here, as arrows run one way.
@SuppressWarnings("module")
module io.penstock.linux {
    requires org.agrona;

    exports io.penstock.linux to
            io.penstock.memory,
            io.penstock.datapath,
            io.penstock.libos.tcp,
            io.penstock.control,
            io.penstock.examples,
            io.penstock.testkit,
            io.penstock.benchmarks;
    exports io.penstock.linux.mem to
            io.penstock.memory,
            io.penstock.datapath,
            io.penstock.examples,
            io.penstock.testkit;
    exports io.penstock.linux.net to
            io.penstock.datapath,
            io.penstock.control,
            io.penstock.testkit,
            io.penstock.benchmarks;
    exports io.penstock.linux.proc to
            io.penstock.memory,
            io.penstock.datapath,
            io.penstock.testkit,
            io.penstock.benchmarks;
    exports io.penstock.linux.uring to
            io.penstock.memory;
}
