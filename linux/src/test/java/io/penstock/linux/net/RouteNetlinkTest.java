package io.penstock.linux.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Looking interfaces up, on the one that every namespace has. */
class RouteNetlinkTest {
    @Test
    void findsTheLoopbackByNameAndByNumber() {
        NetworkInterfaceInfo loopback = RouteNetlink.find("lo");
        assertThat(loopback.name()).isEqualTo("lo");
        assertThat(loopback.flags() & NetworkInterfaceInfo.IFF_LOOPBACK).isNotZero();
        assertThat(loopback.mtuBytes()).isGreaterThanOrEqualTo(1500);
        assertThat(RouteNetlink.find(loopback.index())).isEqualTo(loopback);
    }

    @Test
    void findsNothingWhereThereIsNothing() {
        assertThat(RouteNetlink.find("no-such-nic")).isNull();
        assertThat(RouteNetlink.find("a-name-that-is-longer-than-the-kernel-allows"))
                .isNull();
        assertThat(RouteNetlink.find("")).isNull();
        assertThat(RouteNetlink.find(Integer.MAX_VALUE)).isNull();
    }

    @Test
    void findsTheInterfaceThatHasAnAddress() {
        assertThat(RouteNetlink.interfaceWith(0x7f000001))
                .as("127.0.0.1")
                .isEqualTo(RouteNetlink.find("lo").index());
        assertThat(RouteNetlink.interfaceWith(0xe0000001)).as("224.0.0.1").isZero();
    }

    @Test
    void listsAll() {
        assertThat(RouteNetlink.list()).extracting(NetworkInterfaceInfo::name).contains("lo");
    }

    @Test
    void tellsRunningFromSwitchedOn() {
        assertThat(new NetworkInterfaceInfo(1, "x", 0x10001, 1500, 0, 0).isRunning())
                .isTrue();
        assertThat(new NetworkInterfaceInfo(1, "x", 0x01, 1500, 0, 0).isRunning())
                .isFalse();
        assertThat(new NetworkInterfaceInfo(1, "x", 0x01, 1500, 0, 0).isUp()).isTrue();
        assertThat(new NetworkInterfaceInfo(1, "x", 0x10000, 1500, 0, 0).isRunning())
                .isFalse();
    }

    @Test
    void countsOneQueueWhereTheDriverKnowsNone() {
        assertThat(Ethtool.rxQueues("lo")).isEqualTo(1);
        assertThat(Ethtool.driver("no-such-nic")).isEmpty();
    }
}
