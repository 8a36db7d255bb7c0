/**
 * Who holds which cores and queues; counters read from outside; the command line, and the forwarder below any stack.
 */
module io.penstock.control {
    requires io.penstock.linux;
    requires transitive info.picocli;
    requires transitive io.penstock.datapath;
    requires com.fasterxml.jackson.databind;
    requires org.slf4j;

    exports io.penstock.control;
    exports io.penstock.control.cli;

    opens io.penstock.control.cli to
            info.picocli;

    uses io.penstock.control.cli.CommandProvider;

    provides io.penstock.control.cli.CommandProvider with
            io.penstock.control.cli.CompletionCommand.Provider,
            io.penstock.control.cli.InsightCommands.Backends,
            io.penstock.control.cli.InsightCommands.Cores,
            io.penstock.control.cli.InsightCommands.Ports,
            io.penstock.control.cli.InsightCommands.Stat,
            io.penstock.control.cli.L2fwdCommand.Provider;
}
