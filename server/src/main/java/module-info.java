/**
 * What a server is built from, on the queue-token API of any libOS: framing, back-pressure, limits, drain.
 */
module io.penstock.server {
    requires transitive io.penstock.datapath;
    requires jdk.jfr;
    requires org.slf4j;

    exports io.penstock.server;
    exports io.penstock.server.fiber;
    exports io.penstock.server.process;
    exports io.penstock.server.worker;
}
