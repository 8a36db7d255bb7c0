package io.penstock.datapath.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.memory.Buffer;
import io.penstock.memory.FrameAccess;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import io.penstock.memory.grant.FrameGrant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BurstTest {
    private static final FrameAccess ACCESS = FrameAccess.of(new FrameGrant());

    private final Region region = Region.mapSmall(16 * 2048);
    private final FramePool pool = FramePool.over("test", region, 2048, 256);
    private final Burst burst = new Burst(4);

    @AfterEach
    void everyFrameIsHome() {
        assertThat(pool.framesInUse()).isZero();
        pool.close();
        region.close();
    }

    @Test
    void aPlainPacketHasNoFlagsWhateverItsPlaceHeldBefore() {
        Buffer frame = ACCESS.allocateReserved(pool);
        burst.add(frame, 10, 60);
        burst.body(frame, 100, 500);
        burst.segmentation(1460);
        burst.hashed(7);
        burst.clear();
        burst.add(frame, 10, 60);
        assertThat(burst.flags(0)).isZero();
        assertThat(burst.hasBody(0)).isFalse();
        assertThat(burst.totalLength(0)).isEqualTo(60);
        frame.release();
    }

    @Test
    void flagsAddUp() {
        Buffer frame = ACCESS.allocateReserved(pool);
        burst.add(frame, 10, 60);
        burst.flag(PacketFlags.RX_IPV4_CHECKSUM_GOOD);
        burst.hashed(0x1234_5678);
        assertThat(burst.flags(0)).isEqualTo(PacketFlags.RX_IPV4_CHECKSUM_GOOD | PacketFlags.RX_HASH);
        assertThat(burst.hash(0)).isEqualTo(0x1234_5678);
        frame.release();
    }

    @Test
    void aPacketToBeCutHasItsChecksumsLeftToTheDevice() {
        Buffer frame = ACCESS.allocateReserved(pool);
        burst.add(frame, 10, 60);
        burst.segmentation(536);
        assertThat(burst.segmentBytes(0)).isEqualTo(536);
        assertThat(burst.flags(0))
                .isEqualTo(
                        PacketFlags.TX_TCP_SEGMENTATION | PacketFlags.TX_TCP_CHECKSUM | PacketFlags.TX_IPV4_CHECKSUM);
        frame.release();
    }

    @Test
    void whatFollowsThePacketsThatWereTakenKeepsAllThatIsSaidOfIt() {
        Buffer head = ACCESS.allocateReserved(pool);
        Buffer body = ACCESS.allocateReserved(pool);
        burst.add(head, 1, 2);
        burst.add(head, 10, 60);
        burst.body(body, 300, 700);
        burst.segmentation(500);
        burst.hashed(99);
        burst.add(head, 20, 30);
        burst.dropFirst(1);
        assertThat(burst.count()).isEqualTo(2);
        assertThat(burst.body(0)).isSameAs(body);
        assertThat(burst.bodyOffset(0)).isEqualTo(300);
        assertThat(burst.bodyLength(0)).isEqualTo(700);
        assertThat(burst.bodyAddress(0)).isEqualTo(body.frameAddress() + 300);
        assertThat(burst.length(0)).isEqualTo(60);
        assertThat(burst.totalLength(0)).isEqualTo(760);
        assertThat(burst.segmentBytes(0)).isEqualTo(500);
        assertThat(burst.hash(0)).isEqualTo(99);
        assertThat(burst.flags(1)).isZero();
        assertThat(burst.totalLength(1)).isEqualTo(30);
        burst.dropFirst(1);
        assertThat(burst.flags(0)).isZero();
        assertThat(burst.offset(0)).isEqualTo(20);
        head.release();
        body.release();
    }

    @Test
    void bothHoldsAreGivenBackAtOnce() {
        Buffer head = ACCESS.allocateReserved(pool);
        Buffer body = ACCESS.allocateReserved(pool);
        ACCESS.hold(head);
        ACCESS.hold(body);
        burst.add(head, 0, 60);
        burst.body(body, 0, 60);
        head.release();
        body.release();
        assertThat(pool.framesInUse()).isEqualTo(2);
        burst.unhold(ACCESS, 0);
    }
}
