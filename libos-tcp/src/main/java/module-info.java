/**
 * Ethernet to TCP in user space, over any packet device.
 */
module io.penstock.libos.tcp {
    requires io.penstock.linux;
    requires transitive io.penstock.datapath;
    requires org.slf4j;

    exports io.penstock.libos.tcp;
    exports io.penstock.libos.tcp.config;
    exports io.penstock.libos.tcp.congestion;

    uses io.penstock.libos.tcp.congestion.CongestionControlProvider;
}
