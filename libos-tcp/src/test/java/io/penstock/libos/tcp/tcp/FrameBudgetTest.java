package io.penstock.libos.tcp.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.libos.tcp.congestion.NewReno;
import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayDeque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What each connection may have depends on how many there are and how many frames are left. */
class FrameBudgetTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final int FRAMES = 1024;
    private static final int FLIGHT = 300;

    private final Region region = Region.mapSmall(FRAMES * 2048);
    private final FramePool pool = FramePool.over("budget", region, 2048, FRAMES);
    private final ConnectionTable connections = new ConnectionTable(1024);
    private final FrameBudget budget = new FrameBudget(pool, connections::size, FLIGHT);
    private final ArrayDeque<Buffer> taken = new ArrayDeque<>();

    @AfterEach
    void close() {
        taken.forEach(Buffer::release);
        region.close();
    }

    private void leaveFree(int frames) {
        while (pool.freeFrames() > frames) {
            taken.add(ACCESS.allocateReserved(pool));
        }
    }

    private void connect(int count) {
        for (int i = 0; i < count; i++) {
            TcpConnection c = new TcpConnection(new NewReno());
            c.hash = i * 0x9e37_79b9;
            c.ports = i;
            connections.add(c);
        }
    }

    @Test
    void allSharesTogetherNeverExceedWhatCanBeGiven() {
        for (int more : new int[] {1, 9, 90, 700}) {
            connect(more);
            long sent = (long) connections.size() * budget.sendShareFrames();
            assertThat(sent).isLessThanOrEqualTo(FRAMES / 2);
            long received = (long) connections.size() * budget.receiveShareBytes() / 1_460;
            assertThat(received).isLessThanOrEqualTo(FLIGHT);
        }
    }

    @Test
    void aShareShrinksAsFramesRunShort() {
        connect(10);
        int plenty = budget.sendShareFrames();
        leaveFree(FRAMES / 4);
        assertThat(budget.sendShareFrames()).isLessThan(plenty / 4);
        leaveFree(FRAMES / 16);
        assertThat(budget.sendShareFrames()).isZero();
    }

    @Test
    void framesRunShortStepByStep() {
        assertThat(budget.areFramesFew()).isFalse();
        leaveFree(FRAMES * 3 / 8 - 1);
        assertThat(budget.areFramesFew()).isTrue();
        assertThat(budget.isBusy()).isTrue();
        assertThat(budget.isUnderPressure()).isFalse();
        leaveFree(FRAMES * 3 / 16 - 1);
        assertThat(budget.isUnderPressure()).isTrue();
        assertThat(budget.isExhausted()).isFalse();
        leaveFree(FRAMES / 16 - 1);
        assertThat(budget.isExhausted()).isTrue();
    }

    @Test
    void aLoopThatIsBehindIsBusyThoughFramesArePlenty() {
        assertThat(budget.isBusy()).isFalse();
        budget.behind = true;
        assertThat(budget.isBusy()).isTrue();
        assertThat(budget.areFramesFew()).isFalse();
    }

    @Test
    void muchUnreadIsPressureThoughFramesAreFree() {
        budget.receiveFrames = FRAMES / 2;
        assertThat(budget.isUnderPressure()).isTrue();
    }
}
