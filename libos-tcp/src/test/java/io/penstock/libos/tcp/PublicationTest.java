package io.penstock.libos.tcp;

import static io.penstock.datapath.counters.CountersFileLayout.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.ConfigurationException;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.counters.RunDirectory;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.poll.CorePinning;
import io.penstock.datapath.poll.Idle;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.testkit.device.ScriptedDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever opens a stack is seen from outside, without doing anything for it. */
@Timeout(60)
class PublicationTest {
    private static final String NAME = "publication-test";

    private static StackConfig.Builder config() {
        return StackConfig.builder()
                .device(setup -> new ScriptedDevice(setup, 1500, Capabilities.none()))
                .address("198.18.0.2/24")
                .frames(128)
                .probeAddress(false);
    }

    private static Path file(String name) {
        return RunDirectory.own().resolve(ProcessHandle.current().pid() + "-" + name + SUFFIX);
    }

    private static ByteBuffer read(String name) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file(name))).order(ByteOrder.nativeOrder());
    }

    private static String text(ByteBuffer file, int offset) {
        byte[] bytes = new byte[file.getInt(offset)];
        file.get(offset + Integer.BYTES, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @AfterEach
    void removeWhatClosedStacksLeave() throws IOException {
        Files.deleteIfExists(file(NAME));
        Files.deleteIfExists(file(NAME + "-2"));
    }

    @Test
    void aStackIsSeenWhileItRunsAndAfterwards() throws Exception {
        try (Stack stack = Stack.open(config().name(NAME).build())) {
            ByteBuffer running = read(NAME);
            assertThat(running.getInt(STATE_OFFSET)).isEqualTo(STATE_RUNNING);
            assertThat(text(running, NAME_OFFSET)).isEqualTo(NAME);
            assertThat(text(running, ADDRESS_OFFSET)).isEqualTo("198.18.0.2/24");
            assertThat(text(running, DEVICE_OFFSET))
                    .isEqualTo(stack.device().name())
                    .isNotEmpty();
            assertThat(text(running, MODE_OFFSET)).isEqualTo(stack.device().mode());
            assertThat(running.getInt(SPINS_OFFSET)).isEqualTo(1);
            stack.counters().counter("own.requests").add(42);
            assertThat(new String(read(NAME).array(), StandardCharsets.ISO_8859_1))
                    .contains("own.requests", "rx.packets");
        }
        assertThat(read(NAME).getInt(STATE_OFFSET)).isEqualTo(STATE_CLOSED);
    }

    @Test
    void itsCoreIsTheOneThatItsThreadIsPinnedTo() throws Exception {
        int core = CompletableFuture.supplyAsync(PublicationTest::coreOfAPinnedStack, inAThreadOfItsOwn())
                .get();
        assertThat(core).isZero();
    }

    private static Executor inAThreadOfItsOwn() {
        return task -> Thread.ofPlatform().start(task);
    }

    private static int coreOfAPinnedStack() {
        CorePinning.pinCurrentThread(0);
        try (Stack stack = Stack.open(config().name(NAME).idle(Idle.yielding()).build())) {
            assertThat(read(NAME).getInt(SPINS_OFFSET)).isZero();
            assertThat(stack.isUp()).isTrue();
            return read(NAME).getInt(CORE_OFFSET);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void twoStacksOfOneConfigurationAreTwo() {
        StackConfig both = config().name(NAME).build();
        try (Stack first = Stack.open(both);
                Stack second = Stack.open(both)) {
            assertThat(file(NAME)).exists();
            assertThat(file(NAME + "-2")).exists();
            first.counters().counter("own.requests").increment();
            assertThat(second.counters().counter("own.requests").get()).isZero();
        }
    }

    @Test
    void withoutANameItIsTheProgramThatIsSeen() throws Exception {
        long before = files();
        try (Stack stack = Stack.open(config().build())) {
            assertThat(files()).isEqualTo(before + 1);
            assertThat(stack.isUp()).isTrue();
        }
    }

    @Test
    void isNotSeenWhereTheApplicationCountsItselfOrTimeIsSimulated() throws Exception {
        long before = files();
        try (Stack own = Stack.open(config().counters(Counters.inMemory()).build());
                Stack simulated = Stack.open(config().clock(new VirtualClock()).build())) {
            assertThat(files()).isEqualTo(before);
            assertThat(own.isUp() && simulated.isUp()).isTrue();
        }
    }

    @Test
    void leavesNothingIfItCannotBeOpened() {
        StackConfig config = config().name(NAME)
                .device(_ -> {
                    throw new ConfigurationException("no such device");
                })
                .build();
        assertThatThrownBy(() -> Stack.open(config)).hasMessage("no such device");
        assertThat(file(NAME)).doesNotExist();
    }

    @Test
    void refusesANameThatNoFileShouldHave() {
        assertThatThrownBy(() -> Stack.open(config().name("../echo").build()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("stack.name=../echo: expected 1 to 32 letters, digits and hyphens");
    }

    /** How many running servers this process shows. */
    private static long files() throws IOException {
        String own = ProcessHandle.current().pid() + "-";
        RunDirectory.prepare(RunDirectory.own());
        try (var all = Files.list(RunDirectory.own())) {
            return all.filter(path -> path.getFileName().toString().startsWith(own))
                    .filter(PublicationTest::isRunning)
                    .count();
        }
    }

    private static boolean isRunning(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt(STATE_OFFSET) == STATE_RUNNING;
        } catch (IOException _) {
            return false;
        }
    }
}
