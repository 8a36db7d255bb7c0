package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.grant.FrameGrant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who has which queues of a port, and who closes it. */
class SharedPortTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());
    private static final DeviceSetup SETUP =
            new DeviceSetup(null, ACCESS, new VirtualClock(), DeviceSetup.Steering.toAddress(0xc6120002));

    /** A queue that does nothing. */
    private static final class Queue implements PacketQueue {
        private final DeviceInfo info;
        private final PortShare share;
        private final PortEvents events;

        Queue(DeviceInfo info, PortShare share) {
            this.info = info;
            this.share = share;
            this.events = new PortEvents(info);
        }

        @Override
        public DeviceInfo info() {
            return info;
        }

        @Override
        public PortEvents events() {
            return events;
        }

        @Override
        public int rxBurst(Burst burst) {
            return 0;
        }

        @Override
        public int txBurst(Burst burst) {
            return 0;
        }

        @Override
        public int reclaim() {
            return 0;
        }

        @Override
        public PortRelay relay() {
            return share.relay();
        }

        @Override
        public long rxDropped() {
            return 0;
        }

        @Override
        public void close() {
            events.link(false);
            share.closed();
        }
    }

    private static final class Port extends SharedPort {
        private final boolean again;
        private final DeviceInfo info = new DeviceInfo("test:p", "in a test", 2, 1500, 4);
        private final List<PortShare> shares = new ArrayList<>();
        private boolean refuses;
        private int ended;

        Port(boolean again) {
            this.again = again;
        }

        @Override
        public DeviceInfo info() {
            return info;
        }

        @Override
        protected PacketQueue openQueues(PortShare share, DeviceSetup setup) {
            if (refuses) {
                throw new ConfigurationException("refused");
            }
            shares.add(share);
            return new Queue(info, share);
        }

        @Override
        protected boolean opensAgain() {
            return again;
        }

        @Override
        protected void end() {
            ended++;
        }
    }

    private final Port port = new Port(true);

    @Test
    void outlivesItsStacksAsLongAsItIsHeld() {
        PacketQueue first = port.open(0, 1, SETUP);
        PacketQueue second = port.open(1, 1, SETUP);
        first.close();
        second.close();
        assertThat(port.ended).isZero();
        assertThat(port.isUp()).isFalse();
        port.close();
        port.close();
        assertThat(port.ended).isOne();
    }

    @Test
    void endsWithTheLastStackIfItsOpenerHasLetGo() {
        PacketQueue first = port.open(0, 1, SETUP);
        PacketQueue second = port.open(1, 1, SETUP);
        port.close();
        first.close();
        assertThat(port.isUp()).isTrue();
        assertThat(port.ended).isZero();
        second.close();
        assertThat(port.ended).isOne();
        assertThatThrownBy(() -> port.open(0, 1, SETUP)).hasMessage("device 'test:p' was closed: open the port again");
    }

    @Test
    void endsWithItsQueueIfThatIsHadOnce() {
        Port once = new Port(false);
        once.open(SETUP).close();
        assertThat(once.ended).isOne();
        assertThatThrownBy(() -> once.open(SETUP)).hasMessage("device 'test:p' was closed: open the port again");
        once.close();
        assertThat(once.ended).isOne();
    }

    @Test
    void aQueueThatWasClosedCanBeOpenedAgain() {
        port.open(2, 1, SETUP).close();
        port.open(2, 1, SETUP).close();
        assertThat(port.steering()).hasSize(2);
    }

    @Test
    void aQueueThatCouldNotBeOpenedIsNobodys() {
        port.refuses = true;
        assertThatThrownBy(() -> port.open(0, 4, SETUP)).hasMessage("refused");
        port.refuses = false;
        port.open(0, 4, SETUP).close();
        port.close();
        assertThat(port.ended).isOne();
    }

    @Test
    void refusesInOneLineWhatIsInUseOrNotThere() {
        PacketQueue own = port.open(1, 2, SETUP);
        assertThatThrownBy(() -> port.open(0, 4, SETUP))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("queue 1 of device 'test:p' is in use by another stack");
        assertThatThrownBy(() -> port.open(2, 1, SETUP)).hasMessageStartingWith("queue 2 of device 'test:p' is in use");
        assertThatThrownBy(() -> port.open(3, 2, SETUP))
                .hasMessage("device 'test:p' has no queues 3 to 4: it has 4, numbered from 0");
        assertThatThrownBy(() -> port.open(-1, 1, SETUP)).hasMessageContaining("has no queues -1 to -1");
        own.close();
    }

    @Test
    void onlyStacksThatShareItHaveNewsForEachOther() {
        assertThat(port.open(0, 1, SETUP).relay()).isNotNull();
        assertThat(port.open(1, 1, SETUP).relay())
                .isSameAs(port.shares.getFirst().relay());
        assertThat(new Port(true).open(SETUP).relay()).isNull();
    }

    @Test
    void countsWhatAllOfItsQueuesHaveDroppedAlsoThoseThatAreClosed() {
        PacketQueue first = port.open(0, 1, SETUP);
        PacketQueue second = port.open(1, 1, SETUP);
        port.shares.get(0).counted(3, 5);
        port.shares.get(1).counted(10, 20);
        first.close();
        assertThat(port.rxDropped()).isEqualTo(13);
        assertThat(port.txDropped()).isEqualTo(25);
        second.close();
    }
}
