package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Completion;
import io.penstock.datapath.Endpoint;
import io.penstock.datapath.InvalidQueueException;
import io.penstock.datapath.Opcode;
import io.penstock.datapath.Status;
import io.penstock.datapath.grant.StackGrant;
import io.penstock.datapath.stack.OperationTable;
import io.penstock.libos.tcp.ip.Socket;
import io.penstock.memory.Buffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QueueTableTest {
    private static final Completion.Writer WRITER = Completion.writer(new StackGrant());

    @Test
    void givesPositiveDescriptorsThatLeadBack() {
        QueueTable table = new QueueTable(3);
        Socket[] queues = {new Queue(), new Queue(), new Queue()};
        int[] descriptors = new int[3];
        for (int i = 0; i < 3; i++) {
            descriptors[i] = table.add(queues[i]);
            assertThat(descriptors[i]).isPositive();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(table.get(descriptors[i])).isSameAs(queues[i]);
        }
        assertThat(table.add(new Queue())).isZero();
        assertThat(table.count()).isEqualTo(3);
    }

    @Test
    void tellsAStaleDescriptorApartForALongTime() {
        QueueTable table = new QueueTable(65536);
        Set<Integer> seen = new HashSet<>();
        Queue queue = new Queue();
        for (int i = 0; i < 1_000_000; i++) {
            int descriptor = table.add(queue);
            assertThat(descriptor).isPositive();
            assertThat(seen.add(descriptor)).isTrue();
            table.remove(descriptor);
        }
    }

    @Test
    void wrapsItsGenerationsWithoutZeroOrNegativeNumbers() {
        QueueTable table = new QueueTable(1 << 20);
        for (int slot = 0; slot < 1 << 20; slot++) {
            assertThat(table.add(new Queue())).isPositive();
        }
        int descriptor = table.descriptorAt(5);
        for (int i = 0; i < 5000; i++) {
            table.remove(descriptor);
            int next = table.add(new Queue());
            assertThat(next).isPositive().isNotEqualTo(descriptor);
            descriptor = next;
        }
    }

    @Test
    void refusesWhatNeverWasADescriptor() {
        QueueTable table = new QueueTable(5);
        int descriptor = table.add(new Queue());
        for (int wrong : new int[] {0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, descriptor ^ 7, descriptor << 1}) {
            assertThatThrownBy(() -> table.get(wrong)).isInstanceOf(InvalidQueueException.class);
        }
        table.remove(descriptor);
        assertThatThrownBy(() -> table.get(descriptor)).isInstanceOf(InvalidQueueException.class);
    }

    @Test
    void aQueueWithAnAttachmentKeepsItsPlaceUntilItsLastCompletionIsTaken() {
        QueueTable table = new QueueTable(1);
        Completion c = new Completion();
        for (int round = 0; round < 3; round++) {
            int descriptor = table.add(new Queue());
            table.get(descriptor).attach("mine");
            table.get(descriptor).begun();
            table.get(descriptor).begun();
            table.remove(descriptor);
            assertThatThrownBy(() -> table.get(descriptor)).isInstanceOf(InvalidQueueException.class);
            assertThat(table.has(descriptor)).isFalse();
            for (int i = 0; i < 2; i++) {
                assertThat(table.add(new Queue())).isZero();
                WRITER.set(c, Opcode.POP, Status.OK, descriptor, 1);
                table.taken(c);
                assertThat(c.attachment()).isSameAs("mine");
            }
            assertThat(table.count()).isZero();
            WRITER.set(c, Opcode.POP, Status.OK, descriptor, 1);
            table.taken(c);
            assertThat(c.attachment()).isNull();
        }
    }

    @Test
    void aQueueWithoutAttachmentLeavesItsPlaceAtOnce() {
        QueueTable table = new QueueTable(1);
        int first = table.add(new Queue());
        table.get(first).begun();
        table.remove(first);
        int second = table.add(new Queue());
        assertThat(second).isPositive();
        table.get(second).attach("second");
        table.get(second).begun();
        Completion c = new Completion();
        WRITER.set(c, Opcode.POP, Status.OK, first, 1);
        table.taken(c);
        assertThat(c.attachment()).isNull();
        WRITER.set(c, Opcode.POP, Status.OK, second, 1);
        table.taken(c);
        assertThat(c.attachment()).isSameAs("second");
        assertThat(table.get(second)).isNotNull();
    }

    @Test
    void whoUsesTheObjectOfAClosedQueueGetsNothingOfIt() {
        QueueTable table = new QueueTable(2);
        Queue object = new Queue();
        int first = table.add(object);
        object.attach("first");
        object.begun();
        table.remove(first);
        int second = table.add(object);
        assertThat(object.attachment()).isNull();
        object.begun();
        Completion c = new Completion();
        WRITER.set(c, Opcode.POP, Status.OK, second, 1);
        table.taken(c);
        assertThat(c.attachment()).isNull();
        WRITER.set(c, Opcode.POP, Status.OK, first, 1);
        table.taken(c);
        assertThat(c.attachment()).isSameAs("first");
        assertThat(table.count()).isEqualTo(1);
    }

    /** A queue that nobody uses. */
    private static final class Queue extends Socket {
        private static final OperationTable OPERATIONS = new OperationTable(1);

        Queue() {
            super(OPERATIONS);
        }

        @Override
        public Status bind(Endpoint local) {
            return Status.INVALID;
        }

        @Override
        public boolean peer(Endpoint out) {
            return false;
        }

        @Override
        public boolean local(Endpoint out) {
            return false;
        }

        @Override
        public void connect(int slot, Endpoint remote) {}

        @Override
        public boolean canPush() {
            return false;
        }

        @Override
        public void push(int slot, Buffer chain) {}

        @Override
        public int sendRoomBytes() {
            return 0;
        }

        @Override
        public void awaitRoom(int slot) {}

        @Override
        public void pop(int slot, int maxBytes) {}

        @Override
        public void close(int slot) {}

        @Override
        public void abort() {}
    }
}
