/**
 * What servers and libOSes are tested with: the libOS contract, devices, peers, wires, counters of what is left.
 */
module io.penstock.testkit {
    requires transitive io.penstock.datapath;
    requires io.penstock.linux;
    requires jdk.management;
    // Needed by whoever runs tests, and by nobody who borrows wires and processes alone.
    requires static org.assertj.core;
    requires static org.junit.jupiter.api;
    requires org.slf4j;

    exports io.penstock.testkit;
    exports io.penstock.testkit.contract;
    exports io.penstock.testkit.device;
    exports io.penstock.testkit.net;
    exports io.penstock.testkit.packet;
    exports io.penstock.testkit.process;
    exports io.penstock.testkit.traffic;

    // JUnit calls the rules of the contract.
    opens io.penstock.testkit.contract;
}
