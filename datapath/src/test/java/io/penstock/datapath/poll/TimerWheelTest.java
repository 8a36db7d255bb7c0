package io.penstock.datapath.poll;

import static io.penstock.datapath.poll.TimerWheel.LEVELS;
import static io.penstock.datapath.poll.TimerWheel.NEVER;
import static io.penstock.datapath.poll.TimerWheel.TICK_NANOS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Against a model that is a sorted map, and one by one what the model does not show. */
class TimerWheelTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final long DAY = 24 * HOUR;

    private static final class Owner {
        private int id = -1;
    }

    private final TimerWheel<Owner> wheel = new TimerWheel<>(0);

    private Owner introduce() {
        Owner owner = new Owner();
        owner.id = wheel.introduce(owner);
        return owner;
    }

    private Owner armed(long momentNanos) {
        Owner owner = introduce();
        wheel.arm(owner.id, momentNanos);
        return owner;
    }

    private List<Owner> due(long nowNanos) {
        List<Owner> all = new ArrayList<>();
        for (Owner owner = wheel.poll(nowNanos); owner != null; owner = wheel.poll(nowNanos)) {
            all.add(owner);
        }
        return all;
    }

    // ---- against the model

    /** A wheel, and what it should do: entries sorted by the tick that they come in. */
    private static final class Checked {
        private final long seed;
        private final Random random;
        private final TimerWheel<Owner> wheel;
        private final List<Owner> owners = new ArrayList<>();
        private final List<Long> moments = new ArrayList<>(); // by id
        private final TreeMap<Long, TreeSet<Integer>> idsByTick = new TreeMap<>();
        private long nowNanos;
        private int fired;

        Checked(long seed) {
            this.seed = seed;
            random = new Random(seed);
            long[] origins = {0, -5 * TICK_NANOS - 3, -DAY, 7 * DAY, random.nextLong() >> 2, Long.MIN_VALUE};
            nowNanos = origins[random.nextInt(origins.length)];
            wheel = new TimerWheel<>(nowNanos);
        }

        private static long tickOf(long momentNanos) {
            return Math.floorDiv(momentNanos, TICK_NANOS);
        }

        void introduce() {
            Owner owner = new Owner();
            owner.id = wheel.introduce(owner);
            if (owner.id == owners.size()) {
                owners.add(owner);
                moments.add(NEVER);
            } else {
                assertThat(owners.set(owner.id, owner)).as("seed %d", seed).isNull();
            }
            assertThat(wheel.isArmed(owner.id)).as("seed %d", seed).isFalse();
        }

        /** Near and far: any number of bits up to four months; one of four has passed or is now. */
        private long anyMoment() {
            long distance = random.nextLong() >>> (11 + random.nextInt(53));
            return switch (random.nextInt(12)) {
                case 0 -> NEVER;
                case 1 -> nowNanos;
                case 2 -> Math.max(Long.MIN_VALUE + distance, nowNanos) - distance;
                case 3 -> (nowNanos + distance) & -TICK_NANOS;
                default -> nowNanos + distance;
            };
        }

        void change() {
            int id = random.nextInt(owners.size());
            if (owners.get(id) == null) {
                introduce(); // that or another
                return;
            }
            long moment = anyMoment();
            switch (random.nextInt(10)) {
                case 0 -> {
                    wheel.forget(id);
                    set(id, NEVER);
                    owners.set(id, null);
                }
                case 1, 2 -> {
                    wheel.remove(id);
                    set(id, NEVER);
                }
                case 3, 4 -> {
                    wheel.rearm(id, moment);
                    set(id, comes(moment));
                }
                default -> {
                    wheel.arm(id, moment);
                    set(id, Math.min(comes(moment), moments.get(id)));
                }
            }
            check(id);
        }

        private long comes(long momentNanos) {
            return Math.max(momentNanos, nowNanos + 1);
        }

        private void set(int id, long momentNanos) {
            long before = moments.set(id, momentNanos);
            if (before != NEVER) {
                TreeSet<Integer> ids = idsByTick.get(tickOf(before));
                ids.remove(id);
                if (ids.isEmpty()) {
                    idsByTick.remove(tickOf(before));
                }
            }
            if (momentNanos != NEVER) {
                idsByTick
                        .computeIfAbsent(tickOf(momentNanos), _ -> new TreeSet<>())
                        .add(id);
            }
        }

        private void check(int id) {
            assertThat(wheel.momentNanos(id)).as("moment, seed %d", seed).isEqualTo(moments.get(id));
            assertThat(wheel.isArmed(id)).as("armed, seed %d", seed).isEqualTo(moments.get(id) != NEVER);
            checkNext();
        }

        private void checkNext() {
            if (idsByTick.isEmpty()) {
                assertThat(wheel.nextNanos()).as("next of none, seed %d", seed).isEqualTo(NEVER);
            } else {
                assertThat(wheel.nextNanos()).as("next, seed %d", seed).isLessThanOrEqualTo(earliest());
            }
        }

        private long earliest() {
            return idsByTick.firstEntry().getValue().stream()
                    .mapToLong(moments::get)
                    .min()
                    .orElseThrow();
        }

        /** Exactly what is due comes, in order, also if everything changes in the meantime; then nothing. */
        void poll() {
            for (Owner owner = wheel.poll(nowNanos); owner != null; owner = wheel.poll(nowNanos)) {
                assertThat(owners.get(owner.id)).as("owner, seed %d", seed).isSameAs(owner);
                long moment = moments.get(owner.id);
                assertThat(moment).as("early, seed %d", seed).isLessThanOrEqualTo(nowNanos);
                assertThat(tickOf(moment)).as("order, seed %d", seed).isEqualTo(idsByTick.firstKey());
                set(owner.id, NEVER);
                check(owner.id);
                fired++;
                if (random.nextInt(3) == 0) {
                    change();
                }
                if (owners.get(owner.id) == owner && random.nextBoolean()) {
                    long again = anyMoment();
                    wheel.arm(owner.id, again);
                    set(owner.id, Math.min(comes(again), moments.get(owner.id)));
                }
            }
            assertThat(wheel.nextNanos()).as("next after poll, seed %d", seed).isGreaterThan(nowNanos);
            assertThat(idsByTick.isEmpty() || earliest() > nowNanos)
                    .as("late, seed %d", seed)
                    .isTrue();
            checkNext();
        }

        /** Nothing, part of a tick, a tick, up to hours, or as long as the wheel says that there is nothing to do. */
        void passTime() {
            switch (random.nextInt(8)) {
                case 0 -> {}
                case 1 -> nowNanos += random.nextInt((int) TICK_NANOS);
                case 2, 3 -> nowNanos += TICK_NANOS;
                case 4, 5 -> nowNanos = wheel.nextNanos() == NEVER ? nowNanos : Math.max(nowNanos, wheel.nextNanos());
                default -> nowNanos += random.nextLong() >>> (20 + random.nextInt(44)); // 2^44 ns are five hours
            }
        }

        int run(int rounds) {
            for (int i = 0; i < 1 + random.nextInt(200); i++) {
                introduce();
            }
            for (int round = 0; round < rounds; round++) {
                for (int i = random.nextInt(5); i > 0; i--) {
                    change();
                }
                passTime();
                poll();
            }
            return fired;
        }
    }

    @Test
    void doesWhatASortedMapDoes() {
        long first = new Random().nextLong();
        int fired = 0;
        for (long seed = first; seed != first + 300; seed++) {
            try {
                fired += new Checked(seed).run(1_000);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(fired).as("seeds from %d", first).isGreaterThan(100_000);
    }

    @Test
    void comesAtItsMomentWhateverTheDistance() {
        Random random = new Random(1);
        for (int bits = 0; bits < 62; bits++) {
            for (int i = 0; i < 50; i++) {
                long now = (random.nextLong() >> 1) & ~(1L << 62); // such that the sums stay in range
                long moment = now + (1L << bits) + (random.nextLong() & ((1L << bits) - 1));
                TimerWheel<String> alone = new TimerWheel<>(now);
                alone.arm(alone.introduce("it"), moment);

                int wakes = 1;
                long at = alone.nextNanos();
                while (alone.poll(at) == null) {
                    at = alone.nextNanos();
                    assertThat(wakes++).as("who sleeps until nextNanos").isLessThanOrEqualTo(LEVELS);
                }

                assertThat(at).as("%d from %d", moment, now).isEqualTo(moment);
                assertThat(alone.steps()).as("slots, moves and looks").isLessThanOrEqualTo(2L * LEVELS + 4);
            }
        }
    }

    // ---- arming

    @Test
    void isNotMovedToLaterByArming() {
        Owner owner = armed(5 * TICK_NANOS);
        wheel.arm(owner.id, HOUR);

        assertThat(wheel.momentNanos(owner.id)).isEqualTo(5 * TICK_NANOS);
        assertThat(due(5 * TICK_NANOS)).containsExactly(owner);
        assertThat(wheel.isArmed(owner.id)).isFalse();
    }

    @Test
    void isMovedToEarlierByArming() {
        Owner owner = armed(HOUR);
        wheel.arm(owner.id, TICK_NANOS + 1);

        assertThat(due(TICK_NANOS)).isEmpty();
        assertThat(due(TICK_NANOS + 1)).containsExactly(owner);
        assertThat(due(2 * HOUR)).as("once").isEmpty();
    }

    @Test
    void isMovedToLaterByRearming() {
        Owner owner = armed(TICK_NANOS);
        wheel.rearm(owner.id, HOUR);

        assertThat(due(HOUR - 1)).isEmpty();
        assertThat(due(HOUR + TICK_NANOS)).containsExactly(owner);
    }

    @Test
    void neverDoesNotArm() {
        Owner owner = armed(NEVER);
        assertThat(wheel.isArmed(owner.id)).isFalse();
        wheel.arm(owner.id, HOUR);
        wheel.arm(owner.id, NEVER);
        assertThat(wheel.momentNanos(owner.id)).isEqualTo(HOUR);
        wheel.rearm(owner.id, NEVER);

        assertThat(wheel.isArmed(owner.id)).isFalse();
        assertThat(wheel.nextNanos()).isEqualTo(NEVER);
        assertThat(due(DAY)).isEmpty();
    }

    @Test
    void comesAgainWithALaterPollIfItArmsItselfInThePast() {
        Owner owner = armed(0);
        for (long tick = 1; tick < 200; tick++) {
            long now = tick * TICK_NANOS + tick;
            assertThat(wheel.poll(now)).isSameAs(owner);
            wheel.arm(owner.id, tick % 2 == 0 ? now : Long.MIN_VALUE);
            assertThat(wheel.poll(now)).isNull();
            assertThat(wheel.nextNanos()).isEqualTo(now + 1);
        }
    }

    @Test
    void armingInThePastDoesNotPutOffWhatIsDue() {
        Owner first = armed(TICK_NANOS);
        Owner second = armed(TICK_NANOS);
        long now = TICK_NANOS + 100;
        Owner looked = wheel.poll(now);
        Owner other = looked == first ? second : first;
        wheel.arm(other.id, 3);

        assertThat(wheel.poll(now)).isSameAs(other);
    }

    @Test
    void timeDoesNotGoBack() {
        Owner owner = armed(10 * TICK_NANOS);
        Owner another = armed(10 * TICK_NANOS);
        assertThat(wheel.poll(11 * TICK_NANOS)).isIn(owner, another);

        assertThat(wheel.poll(0)).as("as of the last poll").isIn(owner, another);
        wheel.arm(owner.id, 5 * TICK_NANOS);
        assertThat(due(TICK_NANOS)).isEmpty();
        assertThat(due(12 * TICK_NANOS)).containsExactly(owner);
    }

    @Test
    void theEndsOfTimeAreMomentsToo() {
        TimerWheel<String> all = new TimerWheel<>(Long.MIN_VALUE);
        all.arm(all.introduce("first"), Long.MIN_VALUE);
        int last = all.introduce("last");
        all.arm(last, NEVER - TICK_NANOS);

        assertThat(all.poll(Long.MIN_VALUE)).isNull();
        assertThat(all.poll(Long.MIN_VALUE + TICK_NANOS)).isEqualTo("first");
        assertThat(all.poll(NEVER - TICK_NANOS - 1)).isNull();
        assertThat(all.poll(NEVER)).isEqualTo("last");
        all.arm(last, 0);
        assertThat(all.isArmed(last)).as("after the last tick there is none").isFalse();
        assertThat(all.poll(NEVER)).isNull();
        assertThat(all.nextNanos()).isEqualTo(NEVER);
    }

    // ---- numbers

    @Test
    void numbersOfTheForgottenAreUsedAgain() {
        Owner first = armed(HOUR);
        Owner second = armed(TICK_NANOS);
        wheel.forget(first.id);
        wheel.forget(second.id);

        assertThat(due(DAY)).isEmpty();
        assertThat(List.of(introduce().id, introduce().id)).containsExactlyInAnyOrder(first.id, second.id);
        assertThat(introduce().id).isEqualTo(2);
    }

    @Test
    void refusesNumbersThatNobodyHas() {
        Owner owner = armed(HOUR);
        wheel.forget(owner.id);

        assertThatThrownBy(() -> wheel.arm(owner.id, HOUR)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> wheel.rearm(owner.id, HOUR)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> wheel.forget(owner.id)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> wheel.introduce(null)).isInstanceOf(NullPointerException.class);
        wheel.remove(owner.id);
        assertThat(wheel.isArmed(owner.id)).isFalse();
        assertThat(introduce().id).as("nothing of it was spoilt").isEqualTo(owner.id);
        assertThat(introduce().id).isEqualTo(1);
    }

    // ---- what it costs

    @Test
    void aJumpOverDaysCostsWhatIsDue() {
        for (int i = 0; i < 10; i++) {
            armed(3 * HOUR * (1 + i));
        }
        Owner later = armed(400 * DAY);
        assertThat(due(300 * DAY)).hasSize(10).doesNotContain(later);

        assertThat(wheel.steps()).as("slots and moves, of four billion ticks").isLessThanOrEqualTo(11L * 2 * LEVELS);
        long before = wheel.steps();
        assertThat(due(399 * DAY)).isEmpty();
        assertThat(wheel.steps() - before).isLessThanOrEqualTo(2L * LEVELS);
    }

    @Test
    void whatIsNearNeedsNoMovesAlsoAfterALongSilence() {
        armed(TICK_NANOS);
        Owner far = armed(400 * DAY);
        assertThat(due(DAY)).hasSize(1);
        assertThat(due(2 * DAY)).isEmpty();
        long before = wheel.steps();
        long moment = 2 * DAY + 20 * TICK_NANOS;
        Owner near = armed(moment);

        assertThat(wheel.nextNanos()).isBetween(moment, moment + TICK_NANOS);
        assertThat(due(3 * DAY)).containsExactly(near);
        assertThat(wheel.steps() - before).as("its slot, itself").isEqualTo(2);
        assertThat(wheel.isArmed(far.id)).isTrue();
    }

    @Test
    void aPollBeforeNextNanosDoesNothing() {
        armed(HOUR);
        for (long now = 0; now < wheel.nextNanos(); now += HOUR / 1_000) {
            assertThat(wheel.poll(now)).isNull();
        }
        assertThat(wheel.steps()).isZero();
    }

    @Test
    void manyComeEachOnceAndInOrder() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int count = 100_000;
        long[] ticks = new long[count];
        for (int i = 0; i < count; i++) {
            long moment = random.nextLong(1, TimeUnit.SECONDS.toNanos(10));
            ticks[armed(moment).id] = Math.floorDiv(moment, TICK_NANOS);
        }
        boolean[] came = new boolean[count];
        long lastTick = 0;
        int fired = 0;
        for (Owner owner = wheel.poll(HOUR); owner != null; owner = wheel.poll(HOUR)) {
            assertThat(came[owner.id]).as("twice, seed %d", seed).isFalse();
            assertThat(ticks[owner.id]).as("order, seed %d", seed).isGreaterThanOrEqualTo(lastTick);
            came[owner.id] = true;
            lastTick = ticks[owner.id];
            fired++;
        }
        assertThat(fired).as("seed %d", seed).isEqualTo(count);
        assertThat(wheel.steps())
                .as(
                        "ten seconds are four digits: three moves, a slot and itself for each, the slots above; seed %d",
                        seed)
                .isLessThan(5L * count + 20_000);
    }

    @Test
    void makesNoGarbage() {
        Random random = new Random(3);
        Owner[] owners = new Owner[5_000];
        for (int i = 0; i < owners.length; i++) {
            owners[i] = armed(random.nextInt(1_000_000_000));
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long now = 0;
        int fired = 0;
        long least = Long.MAX_VALUE;
        for (int window = 0; window < 10; window++) { // what the virtual machine itself leaves behind is not in each
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int turn = 0; turn < 20_000; turn++, now += 50_000) {
                Owner any = owners[random.nextInt(owners.length)];
                wheel.forget(any.id);
                any.id = wheel.introduce(any);
                wheel.arm(any.id, now + random.nextInt(1_000_000_000));
                wheel.rearm(owners[random.nextInt(owners.length)].id, now + random.nextInt(1_000_000));
                for (Owner owner = wheel.poll(now); owner != null; owner = wheel.poll(now)) {
                    wheel.arm(owner.id, now + random.nextInt(200_000_000));
                    fired++;
                }
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }

        assertThat(fired).isGreaterThan(100_000);
        assertThat(least).isZero();
    }
}
