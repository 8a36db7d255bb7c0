package io.penstock.server.process;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.Endpoint;
import io.penstock.server.Framing;
import io.penstock.server.Server;
import io.penstock.testkit.MemoryOs;
import java.nio.file.Path;

/** A process for {@link ServerProcessTest}: serves nobody, until it is told to stop. */
final class EchoMain {
    private EchoMain() {}

    public static void main(String[] args) {
        ServerProcess.named("echo")
                .readyFile(Path.of(args[0]))
                .main(
                        () -> {
                            if (args.length > 1) {
                                throw new ConfigurationException(args[1]);
                            }
                            return new MemoryOs();
                        },
                        os -> Server.on(os)
                                .tcp(Endpoint.any(7), Framing.stream(), (request, reply) -> reply.write(request)));
    }
}
