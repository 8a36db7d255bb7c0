package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.RawMemory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PortRelayTest {
    private static final int BYTES = 42;

    private final Arena arena = Arena.ofConfined();
    private final long message = arena.allocate(PortRelay.MAX_MESSAGE_BYTES, 8).address();
    private final PortRelay relay = new PortRelay();
    private final List<String> heard = new ArrayList<>();
    private int announced;

    @AfterEach
    void close() {
        arena.close();
    }

    private PortRelay.Seat join() {
        return relay.join(() -> {
            announced++;
            return true;
        });
    }

    private int read(PortRelay.Seat seat) {
        return seat.read(
                (kind, address, lengthBytes) -> heard.add(kind + ":" + lengthBytes + ":" + RawMemory.getInt(address)));
    }

    private int tell(PortRelay.Seat seat, int number) {
        RawMemory.putInt(message, number);
        return seat.tell(1, message, BYTES);
    }

    @Test
    void allOthersHearAndNotTheTeller() {
        assertThat(relay.isEmpty()).isTrue();
        PortRelay.Seat first = join();
        PortRelay.Seat second = join();
        PortRelay.Seat third = join();
        assertThat(relay.isEmpty()).isFalse();
        assertThat(tell(first, 7)).isZero();
        assertThat(read(first)).isZero();
        assertThat(read(second)).isOne();
        assertThat(read(third)).isOne();
        assertThat(heard).containsExactly("1:42:7", "1:42:7");
    }

    @Test
    void isAnnouncedOnceUntilItIsRead() {
        PortRelay.Seat first = join();
        PortRelay.Seat second = join();
        for (int i = 0; i < 10; i++) {
            tell(first, i);
        }
        assertThat(announced).isOne();
        assertThat(read(second)).isEqualTo(10);
        assertThat(heard).hasSize(10).startsWith("1:42:0").endsWith("1:42:9");
        tell(first, 10);
        assertThat(announced).isEqualTo(2);
    }

    @Test
    void isAnnouncedAgainIfNobodyWouldHaveRead() {
        PortRelay.Seat first = join();
        PortRelay.Seat deaf = relay.join(() -> {
            announced++;
            return false;
        });
        tell(first, 1);
        tell(first, 2);
        assertThat(announced).isEqualTo(2);
        assertThat(read(deaf)).isEqualTo(2);
    }

    @Test
    void nothingIsLeftUnreadWhereverInTheRingItLies() {
        PortRelay.Seat first = join();
        PortRelay.Seat second = join();
        for (int i = 1; i <= 3000; i++) {
            assertThat(tell(first, i)).isZero();
            assertThat(read(second)).as("message " + i).isOne();
        }
    }

    @Test
    void whatFindsNoRoomIsToldToTheTeller() {
        PortRelay.Seat first = join();
        PortRelay.Seat second = join();
        int told = 0;
        while (tell(first, told) == 0) {
            told++;
        }
        assertThat(told).isBetween(100, 10_000);
        assertThat(read(second)).isEqualTo(told);
        assertThat(tell(first, told)).isZero();
    }

    @Test
    void whoHasLeftHearsNothing() {
        PortRelay.Seat first = join();
        PortRelay.Seat second = join();
        second.close();
        second.close();
        assertThat(tell(first, 1)).isZero();
        assertThat(read(second)).isZero();
        assertThat(announced).isZero();
        first.close();
        assertThat(relay.isEmpty()).isTrue();
    }

    @Test
    void refusesWhatNoMessageIs() {
        PortRelay.Seat seat = join();
        assertThatThrownBy(() -> seat.tell(1, message, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> seat.tell(1, message, PortRelay.MAX_MESSAGE_BYTES + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
