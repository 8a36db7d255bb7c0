package io.penstock.linux.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Sizes and offsets as a C compiler gave them for the kernel's headers (offsetof, x86_64 and aarch64 alike). */
class KernelLayoutTest {
    @Test
    void xdpUmemReg() {
        assertThat(XdpSocket.UMEM_REG_BYTES).isEqualTo(32);
        assertThat(XdpSocket.UMEM_REG_ADDR).isZero();
        assertThat(XdpSocket.UMEM_REG_LEN).isEqualTo(8);
        assertThat(XdpSocket.UMEM_REG_CHUNK_SIZE).isEqualTo(16);
        assertThat(XdpSocket.UMEM_REG_HEADROOM).isEqualTo(20);
    }

    @Test
    void sockaddrXdp() {
        assertThat(XdpSocket.SOCKADDR_BYTES).isEqualTo(16);
        assertThat(XdpSocket.SOCKADDR_FLAGS).isEqualTo(2);
        assertThat(XdpSocket.SOCKADDR_IFINDEX).isEqualTo(4);
        assertThat(XdpSocket.SOCKADDR_QUEUE_ID).isEqualTo(8);
        assertThat(XdpSocket.SOCKADDR_SHARED_UMEM_FD).isEqualTo(12);
    }

    @Test
    void xdpMmapOffsetsAndStatistics() {
        assertThat(XdpSocket.RING_OFFSETS_BYTES).isEqualTo(32);
        assertThat(XdpSocket.MMAP_OFFSETS_BYTES).isEqualTo(128);
        assertThat(XdpSocket.STATISTICS_BYTES).isEqualTo(48);
        assertThat(XdpSocket.STATISTICS_RX_DROPPED).isZero();
        assertThat(XdpSocket.STATISTICS_TX_INVALID).isEqualTo(16);
        assertThat(XdpSocket.STATISTICS_RX_RING_FULL).isEqualTo(24);
    }

    @Test
    void ifreqAndEthtool() {
        assertThat(NetDeviceIoctl.IFREQ_BYTES).isEqualTo(40);
        assertThat(NetDeviceIoctl.IFREQ_DATA).isEqualTo(16);
        assertThat(Ethtool.DRVINFO_BYTES).isEqualTo(196);
        assertThat(Ethtool.DRVINFO_DRIVER).isEqualTo(4);
        assertThat(Ethtool.CHANNELS_BYTES).isEqualTo(36);
        assertThat(Ethtool.CHANNELS_RX_COUNT).isEqualTo(20);
        assertThat(Ethtool.CHANNELS_COMBINED_COUNT).isEqualTo(32);
        assertThat(Ethtool.VALUE_BYTES).isEqualTo(8);
        assertThat(Ethtool.VALUE_DATA).isEqualTo(4);
    }

    @Test
    void netlinkHeaders() {
        assertThat(Netlink.HEADER_BYTES).isEqualTo(16);
        assertThat(Netlink.HEADER_BYTES + LinkState.HEADER_BYTES).isEqualTo(16 + 16);
        assertThat(NetlinkAttribute.align(5)).isEqualTo(8);
        assertThat(NetlinkAttribute.align(8)).isEqualTo(8);
    }

    @Test
    void theNumberOfBpfOnEachArchitecture() {
        assertThat(Bpf.BPF.number("amd64")).isEqualTo(321);
        assertThat(Bpf.BPF.number("aarch64")).isEqualTo(280);
        assertThatThrownBy(() -> Bpf.BPF.number("sparc")).isInstanceOf(UnsupportedOperationException.class);
    }
}
