package io.penstock.datapath.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidTokenException;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.memory.FramePool;
import io.penstock.memory.Region;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import org.agrona.collections.IntArrayList;
import org.junit.jupiter.api.Test;

class OperationTableTest {
    private final OperationTable table = new OperationTable(4);
    private final Completion out = new Completion();

    @Test
    void completionsAreTakenInTheOrderInWhichTheyEnded() {
        int a = table.open(Opcode.POP, 1);
        int b = table.open(Opcode.PUSH, 2);
        long tokenA = table.token(a);
        long tokenB = table.token(b);
        table.complete(b, Status.OK);
        table.complete(a, Status.CANCELLED);
        table.take(table.firstDone(), out);
        assertThat(out.token()).isEqualTo(tokenB);
        assertThat(out.opcode()).isEqualTo(Opcode.PUSH);
        assertThat(out.queue()).isEqualTo(2);
        table.take(table.firstDone(), out);
        assertThat(out.token()).isEqualTo(tokenA);
        assertThat(out.status()).isEqualTo(Status.CANCELLED);
        assertThat(table.firstDone()).isEqualTo(OperationTable.NONE);
    }

    @Test
    void oneFromTheMiddleCanBeTakenFirst() {
        int[] slots = {table.open(Opcode.POP, 0), table.open(Opcode.POP, 1), table.open(Opcode.POP, 2)};
        for (int slot : slots) {
            table.complete(slot, Status.OK);
        }
        table.take(slots[1], out);
        table.take(table.firstDone(), out);
        assertThat(out.queue()).isEqualTo(0);
        table.take(table.firstDone(), out);
        assertThat(out.queue()).isEqualTo(2);
        assertThat(table.lastDone()).isEqualTo(OperationTable.NONE);
    }

    @Test
    void aTakenTokenIsStaleForEver() {
        int slot = table.open(Opcode.POP, 0);
        long token = table.token(slot);
        table.complete(slot, Status.OK);
        table.take(slot, out);
        assertThatThrownBy(() -> table.slotOf(token)).isInstanceOf(InvalidTokenException.class);
        int again = table.open(Opcode.POP, 0);
        assertThat(again).isEqualTo(slot);
        assertThat(table.token(again)).isNotEqualTo(token);
        assertThatThrownBy(() -> table.slotOf(token)).isInstanceOf(InvalidTokenException.class);
    }

    @Test
    void whatNeverWasATokenIsRefused() {
        for (long token : new long[] {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32}) {
            assertThatThrownBy(() -> table.slotOf(token))
                    .as("token " + token)
                    .isInstanceOf(InvalidTokenException.class);
        }
    }

    @Test
    void tokensAreGreaterThanZeroHoweverOftenASlotIsUsed() {
        for (int i = 0; i < 10_000; i++) {
            int slot = table.open(Opcode.POP, 0);
            assertThat(table.token(slot)).isPositive();
            table.complete(slot, Status.OK);
            table.take(slot, out);
        }
    }

    @Test
    void anOperationEndsOnce() {
        int slot = table.open(Opcode.POP, 0);
        table.complete(slot, Status.OK);
        assertThatThrownBy(() -> table.complete(slot, Status.OK)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFullTableIsAnAnswer() {
        for (int i = 0; i < 4; i++) {
            assertThat(table.open(Opcode.POP, i)).isNotEqualTo(OperationTable.NONE);
        }
        assertThat(table.open(Opcode.POP, 4)).isEqualTo(OperationTable.NONE);
        assertThat(table.waiting()).isEqualTo(4);
    }

    @Test
    void aNewOperationShowsNothingOfTheOneBefore() {
        int slot = table.open(Opcode.ACCEPT, 0);
        table.newQueue(slot, 7);
        table.lengthBytes(slot, 9);
        table.peer(slot, 1, 2, 3);
        table.complete(slot, Status.OK);
        table.take(slot, out);
        assertThat(out.newQueue()).isEqualTo(7);
        slot = table.open(Opcode.POP, 0);
        table.complete(slot, Status.OK);
        table.take(slot, out);
        assertThat(out.newQueue()).isZero();
        assertThat(out.lengthBytes()).isZero();
        assertThat(out.buffer()).isNull();
        assertThat(out.peer()).isEqualTo(new Endpoint());
    }

    @Test
    void randomUseAgreesWithAModel() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        OperationTable big = new OperationTable(100);
        IntArrayList waiting = new IntArrayList();
        IntArrayList done = new IntArrayList();
        for (int i = 0; i < 100_000; i++) {
            int choice = random.nextInt(3);
            if (choice == 0) {
                int slot = big.open(Opcode.POP, i);
                assertThat(slot == OperationTable.NONE)
                        .as("seed " + seed)
                        .isEqualTo(waiting.size() + done.size() == 100);
                if (slot != OperationTable.NONE) {
                    waiting.addInt(slot);
                }
            } else if (choice == 1 && !waiting.isEmpty()) {
                int slot = waiting.removeAt(random.nextInt(waiting.size()));
                big.complete(slot, Status.OK);
                done.addInt(slot);
            } else if (choice == 2 && !done.isEmpty()) {
                assertThat(big.firstDone()).as("seed " + seed).isEqualTo(done.getInt(0));
                int slot = done.removeAt(random.nextInt(done.size()));
                big.take(slot, out);
            }
            assertThat(big.waiting()).as("seed " + seed).isEqualTo(waiting.size());
            assertThat(big.done()).as("seed " + seed).isEqualTo(done.size());
        }
    }

    @Test
    void listsOfWaitingSlotsAgreeWithAModel() {
        for (long seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            OperationTable operations = new OperationTable(24);
            List<ArrayDeque<Integer>> model = List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
            int[] first = {OperationTable.NONE, OperationTable.NONE, OperationTable.NONE};
            for (int step = 0; step < 5_000; step++) {
                int which = random.nextInt(3);
                ArrayDeque<Integer> expected = model.get(which);
                if (random.nextInt(5) < 3) {
                    int slot = operations.open(Opcode.POP, which);
                    if (slot != OperationTable.NONE) {
                        first[which] = operations.append(first[which], slot);
                        expected.addLast(slot);
                    }
                } else if (random.nextInt(10) == 0) {
                    operations.completeAll(first[which], Status.CANCELLED);
                    first[which] = OperationTable.NONE;
                    takeAll(operations, expected, Status.CANCELLED, seed);
                } else if (!expected.isEmpty()) {
                    int slot = first[which];
                    first[which] = operations.rest(slot);
                    operations.complete(slot, Status.OK);
                    takeAll(operations, new ArrayDeque<>(List.of(expected.removeFirst())), Status.OK, seed);
                }
                assertThat(operations.count(first[which])).as("seed %d", seed).isEqualTo(expected.size());
            }
        }
    }

    /** Takes what has ended, which must be these slots in their order, and nothing else. */
    private void takeAll(OperationTable operations, ArrayDeque<Integer> expected, Status how, long seed) {
        while (!expected.isEmpty()) {
            int slot = operations.firstDone();
            assertThat(slot).as("seed %d", seed).isEqualTo(expected.removeFirst());
            operations.take(slot, out);
            assertThat(out.status()).as("seed %d", seed).isEqualTo(how);
        }
        assertThat(operations.done()).as("seed %d", seed).isZero();
    }

    @Test
    void aPeerIsShownOnlyWhereOneWasNoted() {
        int with = table.open(Opcode.POP, 1);
        table.peer(with, 7, 8, 9);
        table.complete(with, Status.OK);
        table.take(with, out);
        assertThat(out.peer()).isEqualTo(new Endpoint().set(7, 8, 9));
        int without = table.open(Opcode.POP, 1);
        assertThat(without).isEqualTo(with);
        table.complete(without, Status.OK);
        table.take(without, out);
        assertThat(out.peer()).isEqualTo(new Endpoint());
    }

    @Test
    void buffersOfCompletionsThatNobodyTookGoHome() {
        try (Region region = Region.mapSmall(1 << 14);
                FramePool pool = FramePool.over("test", region, 2048, 256)) {
            int taken = table.open(Opcode.POP, 0);
            int untaken = table.open(Opcode.POP, 1);
            int push = table.open(Opcode.PUSH, 1);
            table.buffer(taken, pool.allocate());
            table.buffer(untaken, pool.allocate());
            table.complete(taken, Status.OK);
            table.complete(untaken, Status.OK);
            table.complete(push, Status.OK);
            table.take(taken, out);
            table.releaseUntaken();
            assertThat(pool.framesInUse()).isEqualTo(1);
            out.buffer().release();
            table.releaseUntaken();
            assertThat(pool.framesInUse()).isZero();
        }
    }
}
