package io.penstock.examples.kv;

import io.penstock.datapath.counters.Counter;
import io.penstock.examples.resp.Reply;
import io.penstock.examples.resp.Request;
import io.penstock.examples.stream.Connection;
import io.penstock.examples.stream.Output;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The commands about connection and server. They make garbage: nobody sends many of them. */
final class ServerCommands {
    /** Whose replies these are: clients go by it. */
    private static final String REDIS_VERSION = "7.0.15";

    private final Store store;
    private final Counter executed;

    private Request request;
    private Session session;
    private Output out;

    ServerCommands(Store store, Counter executed) {
        this.store = store;
        this.executed = executed;
    }

    void execute(Command command, Request asked, Connection<Session> connection) {
        request = asked;
        session = connection.state();
        out = connection.output();
        switch (command) {
            case HELLO -> hello();
            case CLIENT -> client();
            case CONFIG -> config();
            case COMMAND -> command();
            case INFO -> info();
            case SELECT -> select();
            default -> { // QUIT
                Reply.ok(out);
                connection.closeAfterReplies();
            }
        }
    }

    private void error(String text) {
        Reply.error(out, text);
    }

    private void bulk(String text) {
        Reply.bulk(out, text);
    }

    private void hello() {
        if (request.count() > 1 && !request.isNumber(1)) {
            error("ERR Protocol version is not an integer or out of range");
            return;
        }
        if (request.count() > 1 && request.number() != 2) {
            error("NOPROTO unsupported protocol version");
            return;
        }
        for (int i = 2; i < request.count(); i++) {
            if (request.is(i, "AUTH") && i + 2 < request.count()) {
                i += 2; // as for Redis's default user, any password will do
            } else if (request.is(i, "SETNAME") && i + 1 < request.count()) {
                session.name = request.text(++i);
            } else {
                error("ERR Syntax error in HELLO option '" + request.text(i) + "'");
                return;
            }
        }
        Reply.array(out, 14);
        List.of("server", "redis", "version", REDIS_VERSION, "proto").forEach(this::bulk);
        out.text(":2\r\n$2\r\nid\r\n:").decimal(session.id).text("\r\n");
        List.of("mode", "standalone", "role", "master", "modules").forEach(this::bulk);
        Reply.array(out, 0);
    }

    private void client() {
        if (request.is(1, "ID") && request.count() == 2) {
            Reply.integer(out, session.id);
        } else if (request.is(1, "GETNAME") && request.count() == 2) {
            if (session.name.isEmpty()) {
                Reply.nil(out);
            } else {
                bulk(session.name);
            }
        } else if (request.is(1, "SETNAME") && request.count() == 3) {
            String name = request.text(2);
            if (name.chars().allMatch(c -> c > ' ' && c <= '~')) {
                session.name = name;
                Reply.ok(out);
            } else {
                error("ERR Client names cannot contain spaces, newlines or special characters.");
            }
        } else if (request.is(1, "SETINFO") && request.count() == 4) {
            Reply.ok(out); // from later versions: newer clients introduce themselves by it
        } else {
            unknownSubcommand("ID", "GETNAME", "SETNAME", "SETINFO");
        }
    }

    private void config() {
        if (request.is(1, "GET") && request.count() > 2) {
            Map<String, String> all = Map.of("save", "", "appendonly", "no", "maxmemory", "" + store.maxBytes);
            List<String> asked =
                    all.keySet().stream().filter(this::isAskedFor).sorted().toList();
            Reply.array(out, 2 * asked.size());
            asked.forEach(name -> {
                bulk(name);
                bulk(all.get(name));
            });
        } else if (request.is(1, "RESETSTAT") && request.count() == 2) {
            executed.set(0);
            Reply.ok(out);
        } else {
            unknownSubcommand("GET", "RESETSTAT");
        }
    }

    private boolean isAskedFor(String parameter) {
        boolean asked = false;
        for (int i = 2; i < request.count(); i++) {
            asked |= request.is(i, "*") || request.text(i).equalsIgnoreCase(parameter);
        }
        return asked;
    }

    private void command() {
        if (request.count() == 1 || request.is(1, "DOCS") || request.is(1, "LIST")) {
            Reply.array(out, 0);
        } else if (request.is(1, "COUNT") && request.count() == 2) {
            Reply.integer(out, Command.values().length);
        } else {
            unknownSubcommand("COUNT");
        }
    }

    private void unknownSubcommand(String... known) {
        String command = request.text(0);
        String name = request.text(1);
        boolean isKnown = List.of(known).contains(name.toUpperCase(Locale.ROOT));
        String full = (command + "|" + name).toLowerCase(Locale.ROOT);
        error(
                isKnown
                        ? "ERR wrong number of arguments for '" + full + "' command"
                        : "ERR unknown subcommand '" + name + "'. Try " + command.toUpperCase(Locale.ROOT) + " HELP.");
    }

    private void select() {
        if (!request.isNumber(1) || request.number() != (int) request.number()) {
            error("ERR value is not an integer or out of range");
        } else if (request.number() == 0) {
            Reply.ok(out);
        } else {
            error("ERR DB index is out of range"); // there is but one
        }
    }

    private void info() {
        String keys = "db0:keys=" + store.size() + ",expires=" + store.expiringKeys() + ",avg_ttl=0\r\n";
        List<String> sections = List.of(
                "# Server\r\nredis_version:" + REDIS_VERSION
                        + "\r\nserver_name:penstock\r\nredis_mode:standalone\r\nprocess_id:"
                        + ProcessHandle.current().pid() + "\r\n",
                "# Memory\r\nused_memory:" + store.usedBytes() + "\r\nmaxmemory:" + store.maxBytes + "\r\n",
                "# Stats\r\ntotal_commands_processed:" + executed.get() + "\r\n",
                "# Keyspace\r\n" + (store.size() == 0 ? "" : keys));
        bulk(sections.stream().filter(this::isAskedForSection).collect(Collectors.joining("\r\n")));
    }

    private boolean isAskedForSection(String section) {
        boolean asked = request.count() == 1;
        for (int i = 1; i < request.count(); i++) {
            asked |= request.is(i, "ALL")
                    || section.regionMatches(true, 2, request.text(i) + "\r", 0, request.length(i) + 1);
        }
        return asked;
    }
}
