package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.Status;
import java.util.ArrayList;
import java.util.List;

/** Bytes in one direction of a connection, pushed and popped as fast as the sockets allow; then a FIN. */
final class Stream {
    private final TcpHost from;
    private final TcpSocket sender;
    private final TcpHost to;
    private final TcpSocket receiver;
    private final byte[] data;
    private int pushBytes = 1460;
    private int perFrame = 1460;
    private int popBytes = Integer.MAX_VALUE;
    private final byte[] got;
    private final List<Op> pushes = new ArrayList<>();
    private int pushed;
    private int popped;
    private boolean finSent;
    private boolean ended;
    private Op pop;
    Status error = Status.OK;

    Stream(TcpHost from, TcpSocket sender, TcpHost to, TcpSocket receiver, byte[] data) {
        this.from = from;
        this.sender = sender;
        this.to = to;
        this.receiver = receiver;
        this.data = data;
        this.got = new byte[data.length];
    }

    Stream sizes(int bytesPerPush, int bytesPerFrame, int bytesPerPop) {
        pushBytes = bytesPerPush;
        perFrame = bytesPerFrame;
        popBytes = bytesPerPop;
        return this;
    }

    void turn() {
        while (pushed < data.length && sender.canPush()) {
            int length = Math.min(pushBytes, data.length - pushed);
            Op push = from.push(sender, data, pushed, length, perFrame);
            if (push == null) {
                break; // no frames: try again later
            }
            pushes.add(push);
            pushed += length;
        }
        if (pushed == data.length && !finSent) {
            assertThat(sender.shutdown()).isEqualTo(Status.OK);
            finSent = true;
        }
        while (!ended) {
            if (pop != null) {
                if (!pop.isDone()) {
                    break;
                }
                if (pop.status != Status.OK) {
                    error = pop.status;
                    ended = true;
                } else if (pop.bytes.length == 0) {
                    ended = true;
                } else {
                    System.arraycopy(pop.bytes, 0, got, popped, pop.bytes.length);
                    popped += pop.bytes.length;
                }
                if (ended) {
                    break;
                }
            }
            pop = to.pop(receiver, popBytes);
            to.takeCompletions();
        }
    }

    boolean isDone() {
        return ended && pushes.stream().allMatch(Op::isDone);
    }

    void check(long seed) {
        assertThat(error).as("seed %d", seed).isEqualTo(Status.OK);
        assertThat(popped).as("seed %d", seed).isEqualTo(data.length);
        assertThat(got).as("seed %d", seed).isEqualTo(data);
        assertThat(pushes).as("seed %d", seed).allMatch(p -> p.completions == 1 && p.status == Status.OK);
    }
}
