package io.penstock.examples;

import io.penstock.datapath.Endpoint;
import io.penstock.datapath.LibOs;
import io.penstock.libos.tcp.Stack;
import io.penstock.libos.tcp.StackConfig;
import io.penstock.memory.Buffer;
import io.penstock.server.Framing;
import io.penstock.server.Message;
import io.penstock.server.Reply;
import io.penstock.server.Server;
import io.penstock.server.process.ServerProcess;
import org.agrona.collections.Int2ObjectHashMap;

/** The server of docs/server.md, which a test compares with this file: keeps values, and sends them as often as asked for. */
public final class ValueServer {
    private final Int2ObjectHashMap<Buffer> values = new Int2ObjectHashMap<>();

    /** Without values. */
    public ValueServer() {}

    /** Its server, for the thread that opened the stack. */
    public Server on(LibOs os, int port) {
        return Server.on(os).name("values").tcp(Endpoint.any(port), Framing.lengthPrefix(4), this::answer);
    }

    private void answer(Message request, Reply reply) {
        byte what = request.readByte();
        int key = request.readInt();
        if (what == 'p') {
            Buffer old = values.put(key, request.keepCopy());
            if (old != null) {
                old.release();
            }
        }
        Buffer value = values.get(key);
        reply.putByte(value == null ? 0 : 1);
        if (what == 'g' && value != null) {
            reply.write(value);
        }
    }

    /** Serves on a device, such as {@code tap:tap0}, and an address, such as {@code 198.18.0.2/24}. */
    public static void main(String[] args) {
        StackConfig config =
                StackConfig.builder().device(args[0]).address(args[1]).build();
        ValueServer values = new ValueServer();
        ServerProcess.named("values")
                .main(() -> Stack.open(config), os -> values.on(os, 7000).whenFinished(values::close));
    }

    /** Gives the values' memory back. */
    public void close() {
        values.values().forEach(Buffer::release);
        values.clear();
    }
}
