package io.penstock.linux.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.linux.Errno;
import io.penstock.linux.RawMemory;
import io.penstock.linux.call.SystemCall;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory nodes, asked of the real kernel; node 0 is on every machine. */
class NumaTest {
    private static final List<SystemCall> CALLS = List.of(Numa.MBIND, Numa.GET_MEMPOLICY, Numa.MOVE_PAGES);

    private static final int EFAULT = 14;
    private static final int PAGES = 8;

    private final int pageBytes = PageMap.pageBytes();
    private long address;

    @BeforeEach
    void map() {
        address = Mmap.map(
                (long) PAGES * pageBytes,
                Mmap.PROT_READ | Mmap.PROT_WRITE,
                Mmap.MAP_PRIVATE | Mmap.MAP_ANONYMOUS,
                -1,
                0);
        assertThat(address).isPositive();
        SmallPages.keepSmall(address, (long) PAGES * pageBytes);
    }

    @AfterEach
    void unmap() {
        Mmap.unmap(address, (long) PAGES * pageBytes);
    }

    @Test
    void aBoundRangeLiesOnItsNodeOnceItIsTouched() {
        assertThat(Numa.boundNode(address)).isEqualTo(-Errno.ENOENT);
        assertThat(Numa.bind(address, (long) PAGES * pageBytes, 0)).isZero();
        assertThat(Numa.boundNode(address)).isZero();
        assertThat(Mmap.populate(address, (long) PAGES * pageBytes)).isZero();
        Numa.Placement placement = placement();
        assertThat(placement.error()).isZero();
        assertThat(placement.pagesOfNode()).containsExactly(PAGES);
        assertThat(placement.pagesOn(0)).isEqualTo(PAGES);
        assertThat(placement.pagesOn(1)).isZero();
        assertThat(placement.absentPages()).isZero();
    }

    @Test
    void pagesThatNobodyTouchedAreCountedApart() {
        RawMemory.putByte(address, (byte) 1);
        RawMemory.putByte(address + 5L * pageBytes, (byte) 1);
        Numa.Placement placement = placement();
        assertThat(Arrays.stream(placement.pagesOfNode()).sum()).isEqualTo(2);
        assertThat(placement.absentPages()).isEqualTo(PAGES - 2);
    }

    @Test
    void aRangeLongerThanOneBatchIsCountedWhole() {
        int pages = 2500;
        long bytes = (long) pages * pageBytes;
        long large = Mmap.map(bytes, Mmap.PROT_READ | Mmap.PROT_WRITE, Mmap.MAP_SHARED | Mmap.MAP_ANONYMOUS, -1, 0);
        try {
            SmallPages.keepSmall(large, bytes);
            assertThat(Mmap.populate(large, bytes - pageBytes)).isZero();
            Numa.Placement placement = Numa.nodesOf(large, bytes - 1, pageBytes);
            assertThat(Arrays.stream(placement.pagesOfNode()).sum()).isEqualTo(pages - 1);
            assertThat(placement.absentPages()).isEqualTo(1);
        } finally {
            Mmap.unmap(large, bytes);
        }
    }

    @Test
    void aNodeThatIsNotThereIsRefused() {
        int[] online = Numa.onlineNodes();
        int absent = online[online.length - 1] + 1; // 1 on a machine with one node
        assertThat(Numa.bind(address, pageBytes, absent)).isEqualTo(-Errno.EINVAL);
        assertThat(Numa.bind(address, pageBytes, Numa.MAX_NODES - 1)).isEqualTo(-Errno.EINVAL);
        assertThat(Numa.bind(address, pageBytes, Numa.MAX_NODES)).isEqualTo(-Errno.EINVAL);
        assertThat(Numa.bind(address, pageBytes, -1)).isEqualTo(-Errno.EINVAL);
        assertThat(Numa.boundNode(address)).isEqualTo(-Errno.ENOENT);
    }

    @Test
    void whatIsNotMappedCannotBeBound() {
        long hole = address;
        Mmap.unmap(address, (long) PAGES * pageBytes);
        try {
            assertThat(Numa.bind(hole, pageBytes, 0)).isEqualTo(-EFAULT);
            assertThat(Numa.boundNode(hole)).isEqualTo(-EFAULT);
            assertThat(Numa.nodesOf(hole, pageBytes, pageBytes).absentPages()).isEqualTo(1);
        } finally {
            map();
        }
        assertThat(Numa.bind(address + 1, pageBytes, 0)).isEqualTo(-Errno.EINVAL);
    }

    @Test
    void nodeZeroIsOnline() {
        assertThat(Numa.onlineNodes()).startsWith(0).isSorted();
    }

    @Test
    void aListOfNodesIsReadAsSysFsWritesIt() {
        assertThat(Numa.parseList("0\n")).containsExactly(0);
        assertThat(Numa.parseList("0-1\n")).containsExactly(0, 1);
        assertThat(Numa.parseList("0,2-4,7\n")).containsExactly(0, 2, 3, 4, 7);
    }

    @Test
    void theNumbersOfEachArchitecture() {
        assertThat(CALLS).extracting(call -> call.number("amd64")).containsExactly(237, 239, 279);
        assertThat(CALLS).extracting(call -> call.number("aarch64")).containsExactly(235, 236, 239);
        assertThatThrownBy(() -> Numa.MOVE_PAGES.number("sparc"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("move_pages(2) has no known number on sparc, only on x86_64 and aarch64");
    }

    @Test
    void aPageSizeThatIsNoneIsRefused() {
        assertThatThrownBy(() -> Numa.nodesOf(address, 4096, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Numa.nodesOf(address, -1, 4096)).isInstanceOf(IllegalArgumentException.class);
    }

    private Numa.Placement placement() {
        return Numa.nodesOf(address, (long) PAGES * pageBytes, pageBytes);
    }
}
