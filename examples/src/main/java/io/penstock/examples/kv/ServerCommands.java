package io.penstock.examples.kv;

import io.penstock.datapath.counters.Counter;
import io.penstock.examples.resp.Request;
import io.penstock.examples.resp.Resp;
import io.penstock.server.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The commands about connection and server. They make garbage: nobody sends many of them. */
final class ServerCommands {
    /** Whose replies these are: clients go by it. */
    private static final String REDIS_VERSION = "7.0.15";

    private final Store store;
    private final Counter executed;

    private Request request;
    private Session session;
    private Reply out;

    ServerCommands(Store store, Counter executed) {
        this.store = store;
        this.executed = executed;
    }

    void execute(Command command, Session asking, Reply reply) {
        session = asking;
        request = asking.request;
        out = reply;
        switch (command) {
            case HELLO -> hello();
            case CLIENT -> client();
            case CONFIG -> config();
            case COMMAND -> command();
            case INFO -> info();
            case SELECT -> select();
            default -> { // QUIT
                Resp.ok(out);
                out.close();
            }
        }
    }

    private void error(String text) {
        Resp.error(out, text);
    }

    private void bulk(String text) {
        Resp.bulk(out, text);
    }

    private void hello() {
        if (request.count() > 1 && !request.isNumber(1)) {
            error("ERR Protocol version is not an integer or out of range");
            return;
        }
        if (request.count() > 1 && request.number() != 2 && request.number() != 3) {
            error("NOPROTO unsupported protocol version");
            return;
        }
        boolean resp3 = request.count() > 1 ? request.number() == 3 : session.resp3;
        for (int i = 2; i < request.count(); i++) {
            if (request.is(i, "AUTH") && i + 2 < request.count()) {
                if (!request.text(i + 1).equals("default")) { // of which any password will do
                    error("WRONGPASS invalid username-password pair or user is disabled.");
                    return;
                }
                i += 2;
            } else if (request.is(i, "SETNAME") && i + 1 < request.count()) {
                if (!setName(request.text(++i))) {
                    return;
                }
            } else {
                error("ERR Syntax error in HELLO option '" + request.text(i) + "'");
                return;
            }
        }
        session.resp3 = resp3;
        Resp.map(out, 7, resp3);
        List.of("server", "redis", "version", REDIS_VERSION, "proto").forEach(this::bulk);
        Resp.integer(out, resp3 ? 3 : 2);
        bulk("id");
        Resp.integer(out, session.id);
        List.of("mode", "standalone", "role", "master", "modules").forEach(this::bulk);
        Resp.array(out, 0);
    }

    private void client() {
        if (request.is(1, "ID") && request.count() == 2) {
            Resp.integer(out, session.id);
        } else if (request.is(1, "GETNAME") && request.count() == 2) {
            if (session.name.isEmpty()) {
                Resp.nil(out, session.resp3);
            } else {
                bulk(session.name);
            }
        } else if (request.is(1, "SETNAME") && request.count() == 3) {
            if (setName(request.text(2))) {
                Resp.ok(out);
            }
        } else if (request.is(1, "SETINFO") && request.count() == 4) {
            Resp.ok(out); // from later versions: newer clients introduce themselves by it
        } else {
            unknownSubcommand("ID", "GETNAME", "SETNAME", "SETINFO");
        }
    }

    private boolean setName(String name) {
        boolean isGood = name.chars().allMatch(c -> c > ' ' && c <= '~');
        if (isGood) {
            session.name = name;
        } else {
            error("ERR Client names cannot contain spaces, newlines or special characters.");
        }
        return isGood;
    }

    private void config() {
        if (request.is(1, "GET") && request.count() > 2) {
            Map<String, String> all =
                    Map.of("save", "", "appendonly", "no", "databases", "1", "maxmemory", "" + store.maxBytes);
            Map<String, String> asked = new TreeMap<>(String.CASE_INSENSITIVE_ORDER); // in the words of who asks
            for (int i = 2; i < request.count(); i++) {
                String name = request.text(i);
                String value = all.get(name.toLowerCase(Locale.ROOT));
                if (value != null) {
                    asked.putIfAbsent(name, value);
                } else if (name.equals("*")) {
                    all.forEach(asked::putIfAbsent);
                }
            }
            Resp.map(out, asked.size(), session.resp3);
            asked.forEach((name, value) -> {
                bulk(name);
                bulk(value);
            });
        } else if (request.is(1, "RESETSTAT") && request.count() == 2) {
            executed.set(0);
            Resp.ok(out);
        } else {
            unknownSubcommand("GET", "RESETSTAT");
        }
    }

    private void command() {
        if (request.count() == 1 || request.is(1, "LIST")) {
            Resp.array(out, 0);
        } else if (request.is(1, "DOCS")) {
            Resp.map(out, 0, session.resp3);
        } else if (request.is(1, "COUNT") && request.count() == 2) {
            Resp.integer(out, Command.values().length);
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
        if (!request.isNumber(1)) {
            error("ERR value is not an integer or out of range");
        } else if (request.number() != (int) request.number()) {
            error("ERR value is out of range, value must between -2147483648 and 2147483647");
        } else if (request.number() == 0) {
            Resp.ok(out);
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
        String all = sections.stream().filter(this::isAskedForSection).collect(Collectors.joining("\r\n"));
        if (session.resp3) {
            out.putText("=").putDecimal(4 + all.length()).putText("\r\ntxt:" + all + "\r\n");
        } else {
            bulk(all);
        }
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
