package io.penstock.examples.kv;

import io.penstock.examples.resp.Reply;
import io.penstock.examples.resp.Request;
import io.penstock.examples.stream.Connection;
import io.penstock.examples.stream.Decimal;
import io.penstock.examples.stream.Output;
import io.penstock.memory.Buffer;
import io.penstock.memory.DirectMemory;
import io.penstock.memory.FramePool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What each command does to the store, and what it answers: to the letter what Redis answers. */
final class Commands {
    private static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
    /** A request with more values than that leaves no list behind. */
    private static final int MAX_KEPT_PLACES = 1024;

    private static final String OUT_OF_MEMORY = "OOM command not allowed when used memory > 'maxmemory'.";
    private final Store store;
    private final ServerCommands server;
    private final Decimal decimal = new Decimal();
    private final byte[] digits = new byte[20];
    private final MemorySegment number = Arena.ofAuto().allocate(digits.length);

    /** Values of a request that are not in the store yet. */
    private List<Buffer> made = new ArrayList<>();

    private Command command;
    private Request request;
    private Session session;
    private Output out;
    private Buffer frame;

    Commands(Store store, ServerCommands server) {
        this.store = store;
        this.server = server;
    }

    /** Executes one request; {@code inFrame} is the frame that holds it, if the server has no further need of that. */
    void execute(Request asked, Connection<Session> connection, Buffer inFrame) {
        command = Command.of(asked);
        request = asked;
        session = connection.state();
        out = connection.output();
        frame = inFrame;
        if (command == null) {
            unknown();
            return;
        }
        if (!command.takes(request.count())) {
            wrongArguments();
            return;
        }
        if (command.grows() && !store.hasRoom(request.lengthBytes() + request.count() / 2 * Entry.OVERHEAD_BYTES)) {
            refuse(OUT_OF_MEMORY);
            return;
        }
        switch (command) {
            case PING -> ping();
            case ECHO -> argument(1);
            case GET -> value(find(1));
            case SET -> set();
            case DEL -> del();
            case EXISTS -> exists();
            case INCR -> add(1);
            case DECR -> add(-1);
            case INCRBY, DECRBY -> addArgument();
            case MGET -> mget();
            case MSET -> mset();
            case EXPIRE -> expire(1000);
            case PEXPIRE -> expire(1);
            case TTL -> ttl(1000);
            case PTTL -> ttl(1);
            case DBSIZE -> Reply.integer(out, store.size());
            case FLUSHALL, FLUSHDB -> flush();
            default -> server.execute(command, request, connection);
        }
    }

    private void refuse(String why) {
        Reply.error(out, why);
    }

    private void refuse(String why, String inCommand) {
        Reply.error(out, "ERR " + why + " '" + command.name().toLowerCase(Locale.ROOT) + "' " + inCommand);
    }

    private void wrongArguments() {
        refuse("wrong number of arguments for", "command");
    }

    private void unknown() {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < request.count() && text.length() < 128; i++) {
            String shown = shown(i, 128 - text.length());
            text.append('\'').append(shown).append("' ");
        }
        refuse("ERR unknown command '" + shown(0, 128) + "', with args beginning with: " + text);
    }

    /** As C prints it: up to the first zero. */
    private String shown(int argument, int max) {
        String text = request.text(argument) + '\0';
        return text.substring(0, Math.min(max, text.indexOf('\0')))
                .replace('\r', ' ')
                .replace('\n', ' ');
    }

    private void answer(boolean done) {
        if (done) {
            Reply.ok(out);
        } else {
            refuse(OUT_OF_MEMORY);
        }
    }

    private void argument(int i) {
        Reply.bulk(out, request.address(i), request.length(i));
    }

    private void value(Entry entry) {
        if (entry == null) {
            Reply.nil(out, session.resp3);
        } else {
            entry.reply(out);
        }
    }

    private Entry find(int key) {
        return store.find(request.address(key), request.length(key));
    }

    private void ping() {
        switch (request.count()) {
            case 1 -> out.text("+PONG\r\n");
            case 2 -> argument(1);
            default -> wrongArguments();
        }
    }

    private void mget() {
        Reply.array(out, request.count() - 1);
        for (int i = 1; i < request.count(); i++) {
            value(find(i));
        }
    }

    private void mset() {
        if (request.count() % 2 == 0) {
            wrongArguments();
        } else {
            answer(makeAll() && keepAll());
        }
    }

    /** All values first: where there is no memory for one of them, nothing has changed. */
    private boolean makeAll() {
        for (int i = 2; i < request.count(); i += 2) {
            Buffer value = make(i);
            if (value == null) {
                made.forEach(Buffer::release);
                made.clear();
                return false;
            }
            made.add(value);
        }
        return true;
    }

    private boolean keepAll() {
        for (int i = 0; i < made.size(); i++) {
            keep(2 * i + 1, 2 * i + 2, made.get(i), Entry.NEVER);
        }
        if (made.size() > MAX_KEPT_PLACES) {
            made = new ArrayList<>();
        } else {
            made.clear();
        }
        return true;
    }

    private void set() {
        boolean ifAbsent = false;
        boolean ifPresent = false;
        boolean answerOld = false;
        boolean keepTtl = false;
        int expiry = 0;
        for (int i = 3; i < request.count(); i++) {
            if (request.is(i, "NX") && !ifPresent) {
                ifAbsent = true;
            } else if (request.is(i, "XX") && !ifAbsent) {
                ifPresent = true;
            } else if (request.is(i, "GET")) {
                answerOld = true;
            } else if (request.is(i, "KEEPTTL") && expiry == 0) {
                keepTtl = true;
            } else if (isExpiry(i)
                    && !keepTtl
                    && i + 1 < request.count()
                    && (expiry == 0 || request.word(i) == request.word(expiry))) {
                expiry = i++;
            } else {
                refuse("ERR syntax error");
                return;
            }
        }
        long expiresMillis = Entry.NEVER;
        if (expiry != 0) {
            if (!request.isNumber(expiry + 1)) {
                refuse(NOT_AN_INTEGER);
                return;
            }
            boolean absolute = request.length(expiry) == 4;
            expiresMillis = moment(absolute, request.is(expiry, "EX") || request.is(expiry, "EXAT") ? 1000 : 1);
            if (request.number() <= 0 || expiresMillis == Entry.NEVER) {
                refuse("invalid expire time in", "command");
                return;
            }
        }
        Entry entry = find(1);
        boolean refused = entry == null ? ifPresent : ifAbsent;
        long expires = keepTtl && entry != null ? entry.expiresMillis : expiresMillis;
        if (refused) {
            value(answerOld ? entry : null);
        } else if (answerOld) {
            setAndAnswerOld(entry, expires);
        } else {
            answer(put(1, 2, expires));
        }
    }

    /** The old value is answered only where the new one has its memory, and before that takes its place. */
    private void setAndAnswerOld(Entry entry, long expiresMillis) {
        Buffer value = make(2);
        if (value == null) {
            refuse(OUT_OF_MEMORY);
        } else {
            value(entry);
            keep(1, 2, value, expiresMillis);
        }
    }

    private boolean isExpiry(int i) {
        return request.is(i, "EX") || request.is(i, "PX") || request.is(i, "EXAT") || request.is(i, "PXAT");
    }

    /** The number just read as a time in milliseconds since 1970; NEVER if there is no such time. */
    private long moment(boolean absolute, int unitMillis) {
        long base = absolute ? 0 : store.nowMillis();
        boolean fits = request.number() <= (Long.MAX_VALUE - base) / unitMillis
                && request.number() >= Long.MIN_VALUE / unitMillis;
        return fits ? base + request.number() * unitMillis : Entry.NEVER;
    }

    /** Sets a key's value, in the old one's place if it fits. Returns false if there is no memory for it. */
    private boolean put(int key, int value, long expiresMillis) {
        long address = request.address(value);
        int length = request.length(value);
        Buffer kept = length < Values.SHARED_BYTES ? null : kept(address, length);
        if (kept != null) {
            keep(key, value, kept, expiresMillis);
            return true;
        }
        Entry entry = store.put(request.address(key), request.length(key), address, length);
        if (entry != null) {
            store.expireAt(entry, expiresMillis);
        }
        return entry != null;
    }

    /** A new value, that nobody has yet, or null if there is no memory for it. */
    private Buffer make(int value) {
        long address = request.address(value);
        int length = request.length(value);
        Buffer kept = length < Values.SHARED_BYTES ? null : kept(address, length);
        return kept != null ? kept : store.make(address, length);
    }

    private void keep(int key, int value, Buffer reply, long expiresMillis) {
        Entry entry = store.keep(request.address(key), request.length(key), reply, request.length(value));
        store.expireAt(entry, expiresMillis);
    }

    /**
     * Leaves a value in the frame in which it came. The client sent it as it will be sent back: {@code $LENGTH\r\nVALUE\r\n};
     * what stands in front of it in the frame is room for headers. Only if nothing follows it there, and while half of all
     * frames are free for traffic.
     */
    private Buffer kept(long address, int length) {
        boolean alone = frame != null
                && frame.headroomIsFree()
                && frame.address() + frame.length() == address + length + 2
                && isLineEnd(address + length)
                && isLineEnd(address - 2); // not so if it was typed
        if (!alone || !(frame.pool() instanceof FramePool pool) || pool.freeFrames() < pool.capacityFrames() / 2) {
            return null;
        }
        return frame.retain().advance((int) (address - frame.address()) - Values.headerBytes(length));
    }

    private static boolean isLineEnd(long address) {
        return DirectMemory.getUnsignedShortBe(address) == ('\r' << 8 | '\n');
    }

    private void del() {
        int removed = 0;
        for (int i = 1; i < request.count(); i++) {
            Entry entry = find(i);
            if (entry != null) {
                store.remove(entry);
                removed++;
            }
        }
        Reply.integer(out, removed);
    }

    private void exists() {
        int found = 0;
        for (int i = 1; i < request.count(); i++) {
            found += find(i) == null ? 0 : 1;
        }
        Reply.integer(out, found);
    }

    private void addArgument() {
        boolean down = command == Command.DECRBY;
        if (!request.isNumber(2)) {
            refuse(NOT_AN_INTEGER);
        } else if (down && request.number() == Long.MIN_VALUE) {
            refuse("ERR decrement would overflow");
        } else {
            add(down ? -request.number() : request.number());
        }
    }

    private void add(long amount) {
        Entry entry = find(1);
        if (entry != null && !entry.parse(decimal)) {
            refuse(NOT_AN_INTEGER);
            return;
        }
        long value = entry == null ? 0 : decimal.value();
        long sum = value + amount;
        if (((value ^ sum) & (amount ^ sum)) < 0) {
            refuse("ERR increment or decrement would overflow");
        } else {
            int length = decimal.write(sum, digits);
            DirectMemory.copyFrom(digits, 0, number.address(), length);
            if (store.put(request.address(1), request.length(1), number.address(), length) == null) {
                refuse(OUT_OF_MEMORY);
                return;
            }
            Reply.integer(out, sum);
        }
    }

    private void expire(int unitMillis) {
        boolean ifNone = false;
        boolean ifAny = false;
        boolean ifLater = false;
        boolean ifSooner = false;
        for (int i = 3; i < request.count(); i++) {
            if (request.is(i, "NX")) {
                ifNone = true;
            } else if (request.is(i, "XX")) {
                ifAny = true;
            } else if (request.is(i, "GT")) {
                ifLater = true;
            } else if (request.is(i, "LT")) {
                ifSooner = true;
            } else {
                refuse("ERR Unsupported option " + shown(i, 1024));
                return;
            }
        }
        if (ifNone && (ifAny || ifLater || ifSooner)) {
            refuse("ERR NX and XX, GT or LT options at the same time are not compatible");
            return;
        }
        if (ifLater && ifSooner) {
            refuse("ERR GT and LT options at the same time are not compatible");
            return;
        }
        if (!request.isNumber(2)) {
            refuse(NOT_AN_INTEGER);
            return;
        }
        long expiresMillis = moment(false, unitMillis);
        if (expiresMillis == Entry.NEVER) {
            refuse("invalid expire time in", "command");
            return;
        }
        Entry entry = find(1);
        long before = entry == null ? Entry.NEVER : entry.expiresMillis;
        boolean expires = before != Entry.NEVER;
        if (entry == null
                || (ifNone && expires)
                || (ifAny && !expires)
                || (ifLater && (!expires || expiresMillis <= before))
                || (ifSooner && expires && expiresMillis >= before)) {
            Reply.integer(out, 0);
            return;
        }
        if (expiresMillis <= store.nowMillis()) {
            store.remove(entry);
        } else {
            store.expireAt(entry, expiresMillis);
        }
        Reply.integer(out, 1);
    }

    private void ttl(int unitMillis) {
        Entry entry = find(1);
        if (entry == null || entry.expiresMillis == Entry.NEVER) {
            Reply.integer(out, entry == null ? -2 : -1);
        } else {
            Reply.integer(out, (entry.expiresMillis - store.nowMillis() + unitMillis / 2) / unitMillis);
        }
    }

    private void flush() {
        if (request.count() == 1 || (request.count() == 2 && (request.is(1, "SYNC") || request.is(1, "ASYNC")))) {
            store.clear();
            Reply.ok(out);
        } else {
            refuse("ERR syntax error");
        }
    }
}
