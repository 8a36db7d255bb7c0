package io.penstock.benchmarks.kernel;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.internal.PlatformDependent;
import io.penstock.datapath.Endpoint;
import io.penstock.testkit.process.HarnessException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Netty 4.2 on epoll as its users are told to run it for speed: one event loop for everything, pooled direct buffers,
 * Unsafe allowed, no Nagle, one flush for each batch of reads.
 */
public final class NettyServer implements EchoPeer {
    /** Netty's own switches; without the first it takes its slow path on this JDK. */
    public static final List<String> FLAGS = List.of(
            "-Dio.netty.noUnsafe=false",
            "-Dio.netty.tryReflectionSetAccessible=true",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
            "-Dio.netty.leakDetection.level=disabled",
            "-Dio.netty.buffer.checkBounds=false",
            "-Dio.netty.buffer.checkAccessible=false");

    private static final int BACKLOG = 4096;

    private final String transport;
    private final Channel channel;

    /** Binds. Port 0 lets the kernel choose. */
    public NettyServer(Endpoint local, boolean tcp) {
        if (!PlatformDependent.hasUnsafe()) {
            throw new HarnessException(
                    "Netty runs without Unsafe, which is not how it should be measured: start it with "
                            + String.join(" ", FLAGS));
        }
        transport = tcp ? "tcp " : "udp ";
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        InetSocketAddress address = new InetSocketAddress(Endpoint.ipv4ToString(local.ipv4()), local.port());
        channel = tcp ? bindTcp(loop, address) : bindUdp(loop, address);
    }

    private static Channel bindTcp(EventLoopGroup loop, InetSocketAddress address) {
        return new ServerBootstrap()
                .group(loop)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childHandler(new Echo())
                .bind(address)
                .syncUninterruptibly()
                .channel();
    }

    private static Channel bindUdp(EventLoopGroup loop, InetSocketAddress address) {
        return new Bootstrap()
                .group(loop)
                .channel(EpollDatagramChannel.class)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.SO_RCVBUF, 4 << 20)
                .handler(new Echo())
                .bind(address)
                .syncUninterruptibly()
                .channel();
    }

    @Override
    public String describe() {
        return transport + ((InetSocketAddress) channel.localAddress()).getPort() + " netty epoll, unsafe "
                + PlatformDependent.hasUnsafe() + ", no-cleaner buffers "
                + PlatformDependent.useDirectBufferNoCleaner();
    }

    @Override
    public void serve() {
        channel.closeFuture().syncUninterruptibly();
    }

    // The void promise exists so that nobody waits for it: a failed write comes as an exception below.
    @SuppressWarnings("FutureReturnValueIgnored")
    @ChannelHandler.Sharable
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof DatagramPacket packet) {
                ByteBuf content = packet.content();
                context.write(new DatagramPacket(content, packet.sender()), context.voidPromise());
            } else {
                context.write(message, context.voidPromise());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
