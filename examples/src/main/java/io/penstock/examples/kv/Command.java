package io.penstock.examples.kv;

import io.penstock.examples.resp.Request;
import org.agrona.collections.Long2ObjectHashMap;

/** The commands that there are. */
enum Command {
    PING(-1),
    ECHO(2),
    GET(2),
    SET(-3),
    DEL(-2),
    EXISTS(-2),
    INCR(2),
    DECR(2),
    INCRBY(3),
    DECRBY(3),
    MGET(-2),
    MSET(-3),
    EXPIRE(-3),
    PEXPIRE(-3),
    TTL(2),
    PTTL(2),
    DBSIZE(1),
    FLUSHALL(-1),
    FLUSHDB(-1),
    INFO(-1),
    COMMAND(-1),
    CONFIG(-2),
    HELLO(-1),
    CLIENT(-2),
    SELECT(2),
    QUIT(-1);

    private static final Long2ObjectHashMap<Command> BY_WORD = new Long2ObjectHashMap<>();

    static {
        for (Command command : values()) {
            BY_WORD.put(Request.word(command.name()), command);
        }
    }

    private final int arity;

    /**
     * @param arity how many arguments it takes, its name included; negative: at least that many
     */
    Command(int arity) {
        this.arity = arity;
    }

    /** The command that a request asks for, or null. */
    static Command of(Request request) {
        Command command = BY_WORD.get(request.word(0));
        return command != null && request.length(0) == command.name().length() ? command : null;
    }

    /** Whether it may take more memory than it gives back. */
    boolean grows() {
        return this == SET || this == MSET || this == INCR || this == DECR || this == INCRBY || this == DECRBY;
    }

    boolean takes(int arguments) {
        return arity < 0 ? arguments >= -arity : arguments == arity;
    }
}
