/**
 * Queues, tokens and completions; the device SPI and its back ends; forwarding below any stack; the poll loop.
 */
// "module": the friends below are not visible from here, as arrows run one way.
@SuppressWarnings("module")
module io.penstock.datapath {
    requires io.penstock.linux;
    requires transitive io.penstock.memory;
    requires org.slf4j;

    uses io.penstock.datapath.device.DeviceProvider;

    exports io.penstock.datapath;
    exports io.penstock.datapath.counters;
    exports io.penstock.datapath.device;
    exports io.penstock.datapath.device.sim;
    exports io.penstock.datapath.forward;
    exports io.penstock.datapath.grant to
            io.penstock.libos.tcp,
            io.penstock.testkit;
    exports io.penstock.datapath.poll;
    exports io.penstock.datapath.process;
    exports io.penstock.datapath.stack to
            io.penstock.libos.tcp,
            io.penstock.testkit;
    exports io.penstock.datapath.wire;

    provides io.penstock.datapath.device.DeviceProvider with
            io.penstock.datapath.device.afxdp.AfXdpProvider,
            io.penstock.datapath.device.dpdk.DpdkProvider,
            io.penstock.datapath.device.shm.ShmProvider,
            io.penstock.datapath.device.sim.SimProvider,
            io.penstock.datapath.device.tap.TapProvider;
}
