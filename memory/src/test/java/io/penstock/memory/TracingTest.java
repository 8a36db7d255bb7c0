package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TracingTest extends HeapFixture {
    @Test
    void offRemembersNothing() {
        core.tracing(Tracing.OFF);
        Buffer buffer = core.allocate(100);
        assertThat(core.leakReport()).contains("block of 256 bytes").doesNotContain("taken");
        buffer.release();
        assertThatThrownBy(buffer::release)
                .hasMessageNotContaining("last released")
                .hasNoCause();
    }

    @Test
    void sampledRemembersOneIn128() {
        core.tracing(Tracing.SAMPLED);
        int traced = 0;
        for (int i = 0; i < 128 * 10; i++) {
            Buffer buffer = core.allocate(100);
            if (core.leakReport().contains("taken")) {
                traced++;
            }
            buffer.release();
        }
        assertThat(traced).isEqualTo(10);
    }

    @Test
    void aLeakThatGoesOnShowsUpInASample() {
        core.tracing(Tracing.SAMPLED);
        List<Buffer> leaked = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            leaked.add(core.allocate(100));
        }
        assertThat(leaked).anyMatch(b -> b.life != null);
        leaked.forEach(Buffer::release);
    }

    @Test
    void theLeakReportNamesPlaceAndAge() {
        core.tracing(Tracing.FULL);
        Buffer buffer = core.allocate(100);
        assertThat(core.leakReport())
                .matches("(?s)block of 256 bytes at 0x[0-9a-f]+ of pool 'core'.* taken \\d+\\.\\d s ago at "
                        + "io\\.penstock\\.memory\\.TracingTest\\.theLeakReportNamesPlaceAndAge\\(.*\\n");
        buffer.release();
        assertThat(core.leakReport()).isEmpty();
    }

    @Test
    void theLeakReportIsShort() {
        List<Buffer> held = new ArrayList<>();
        for (int i = 0; i < 33; i++) {
            held.add(core.allocate(10));
        }
        assertThat(core.leakReport().lines()).hasSize(21).last().isEqualTo("and 13 more");
        held.forEach(Buffer::release);
    }

    @Test
    void fullFindsAReferenceThatWasKeptTooLong() {
        core.tracing(Tracing.FULL);
        Buffer stale = core.allocate(100);
        stale.release();
        Buffer fresh = core.allocate(100);
        assertThat(fresh.frameAddress()).isEqualTo(stale.frameAddress());
        assertThat(fresh).isNotSameAs(stale);
        assertThatThrownBy(() -> stale.getByte(0))
                .isInstanceOf(BufferStateException.class)
                .hasMessageContaining("last released at")
                .hasStackTraceContaining("fullFindsAReferenceThatWasKeptTooLong");
        assertThatThrownBy(stale::release).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(stale::retain).isInstanceOf(BufferStateException.class);
        fresh.putByte(0, (byte) 1);
        fresh.release();
    }

    @Test
    void fullFindsASliceThatWasKeptTooLong() {
        core.tracing(Tracing.FULL);
        Buffer buffer = core.allocate(100);
        Buffer stale = buffer.slice(0, 10);
        stale.release();
        Buffer fresh = buffer.slice(0, 10);
        assertThatThrownBy(() -> stale.getByte(0)).isInstanceOf(BufferStateException.class);
        assertThatThrownBy(stale::release).isInstanceOf(BufferStateException.class);
        fresh.release();
        buffer.release();
    }

    @Test
    void anAddressLeadsToTheBufferOfThisLife() {
        core.tracing(Tracing.FULL);
        core.allocate(100).release();
        Buffer fresh = core.allocate(100);
        assertThat(heap.bufferAt(fresh.address())).isSameAs(fresh);
        fresh.release();
    }

    @Test
    void aLifeEndsWithTracing() {
        core.tracing(Tracing.FULL);
        core.allocate(100).release();
        core.tracing(Tracing.OFF);
        Buffer buffer = core.allocate(100);
        assertThat(core.leakReport())
                .as("where somebody else took it before is no help")
                .doesNotContain("taken");
        buffer.release();
    }

    @Test
    void closingLogsWhatSomebodyStillHeld() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(BufferPool.class);
        logger.addAppender(log);
        log.start();
        try {
            CoreHeap untraced = heap.core("untraced");
            Buffer lost = untraced.tracing(Tracing.OFF).allocate(100);
            untraced.close();
            CoreHeap traced = heap.core("traced");
            Buffer lostToo = traced.tracing(Tracing.FULL).allocate(100);
            traced.close();
            heap.core("clean").close();
            assertThat(List.of(lost, lostToo)).noneMatch(Buffer::isAlive);
        } finally {
            logger.detachAppender(log);
        }
        assertThat(log.list).hasSize(2);
        assertThat(log.list.get(0).getFormattedMessage())
                .contains("CoreHeap[untraced")
                .contains("-Dpenstock.buffers.tracing=full says where")
                .contains("block of 256 bytes");
        assertThat(log.list.get(1).getFormattedMessage())
                .contains("taken")
                .contains("closingLogsWhatSomebodyStillHeld");
        assertThat(heap.statistics().leakedBytes()).isEqualTo(512);
    }

    @Test
    void itsNameIsReadInAnyCase() {
        assertThat(Tracing.parse("Full")).isSameAs(Tracing.FULL);
        assertThat(Tracing.SAMPLED).hasToString("sampled");
        assertThatThrownBy(() -> Tracing.parse("some"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tracing of buffers 'some': expected off, sampled or full");
    }
}
