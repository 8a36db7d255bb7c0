/**
 * Servers short enough to read in one sitting.
 */
module io.penstock.examples {
    requires info.picocli;
    requires io.penstock.control;
    requires transitive io.penstock.server;
    requires transitive io.penstock.libos.tcp;
    requires org.slf4j;

    exports io.penstock.examples;

    opens io.penstock.examples.cli to
            info.picocli;

    provides io.penstock.control.cli.CommandProvider with
            io.penstock.examples.cli.ConfigCommand.Provider,
            io.penstock.examples.cli.EchoCommand.Provider,
            io.penstock.examples.cli.KvCommand.Provider;
}
