package io.penstock.control.cli;

/** Brings the commands that look at machine and servers to the root. */
public final class InsightCommands {
    private static final String GROUP = "Look";

    private InsightCommands() {}

    /** Brings {@code backends}. */
    public static final class Backends implements CommandProvider {

        /** For the service loader. */
        public Backends() {}

        @Override
        public Object command() {
            return new BackendsCommand();
        }

        @Override
        public String group() {
            return GROUP;
        }
    }

    /** Brings {@code cores}. */
    public static final class Cores implements CommandProvider {

        /** For the service loader. */
        public Cores() {}

        @Override
        public Object command() {
            return new CoresCommand();
        }

        @Override
        public String group() {
            return GROUP;
        }
    }

    /** Brings {@code ports}. */
    public static final class Ports implements CommandProvider {

        /** For the service loader. */
        public Ports() {}

        @Override
        public Object command() {
            return new PortsCommand();
        }

        @Override
        public String group() {
            return GROUP;
        }
    }

    /** Brings {@code stat}. */
    public static final class Stat implements CommandProvider {

        /** For the service loader. */
        public Stat() {}

        @Override
        public Object command() {
            return new StatCommand();
        }

        @Override
        public String group() {
            return GROUP;
        }
    }
}
