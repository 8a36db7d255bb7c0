package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.poll.Clock;
import io.penstock.datapath.poll.SystemClock;
import io.penstock.libos.tcp.config.Setting;
import io.penstock.libos.tcp.config.SettingValues;
import io.penstock.libos.tcp.config.TcpConfig;
import io.penstock.libos.tcp.config.TcpSettings;
import io.penstock.libos.tcp.congestion.CongestionAlgorithm;
import io.penstock.libos.tcp.congestion.CongestionAlgorithms;
import io.penstock.libos.tcp.ip.Ipv4Network;
import io.penstock.memory.FrameAccess;
import io.penstock.testkit.device.ScriptedDevice;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A configuration is a value: what is opened from it belongs to one stack, and what a builder does later to none. */
class SharedNothingTest {
    /** Of these an object cannot change. */
    private static final Set<Class<?>> IMMUTABLE = Set.of(
            StackConfig.class,
            TcpConfig.class,
            SettingValues.class,
            Setting.class,
            Ipv4Network.class,
            CongestionAlgorithms.class,
            CongestionAlgorithm.class,
            FrameAccess.class);

    private static StackConfig.Builder config() {
        return StackConfig.builder()
                .device(ScriptedDevice::new)
                .address("198.18.0.2/24")
                .frames(128)
                .probeAddress(false);
    }

    @Test
    void twoStacksOfOneConfigurationShareNothing() throws IllegalAccessException {
        StackConfig config = config().build();
        try (Stack one = Stack.open(config);
                Stack two = Stack.open(config)) {
            assertThat(shared(one, two)).isEmpty();
        }
    }

    @Test
    void whatTheApplicationHandsInIsSharedAsItWanted() throws IllegalAccessException {
        Clock clock = new SystemClock();
        StackConfig config = config().clock(clock).build();
        try (Stack one = Stack.open(config);
                Stack two = Stack.open(config)) {
            assertThat(shared(one, two)).contains(clock).allMatch(each -> each instanceof SystemClock);
        }
    }

    @Test
    void aBuilderDoesNotChangeWhatItHasBuilt() {
        StackConfig.Builder builder = config().maxConnections(7);
        StackConfig seven = builder.build();
        StackConfig eight = builder.maxConnections(8).build();
        StackConfig nine = seven.toBuilder().maxConnections(9).build();
        assertThat(List.of(seven, eight, nine))
                .extracting(each -> each.tcp().maxSockets())
                .containsExactly(7, 8, 9);
        assertThat(nine.values().get(TcpSettings.MAX_CONNECTIONS)).isEqualTo(9);
    }

    /** The objects that can be reached from both stacks and can change. */
    private static List<Object> shared(Stack one, Stack two) throws IllegalAccessException {
        Set<Object> ofOne = reachable(one);
        assertThat(ofOne).as("objects of a stack").hasSizeGreaterThan(100);
        List<Object> both = new ArrayList<>();
        for (Object each : reachable(two)) {
            boolean isValue = IMMUTABLE.contains(each.getClass())
                    || each.getClass().isEnum()
                    || each.getClass().isRecord(); // what it refers to is looked at by itself
            if (!isValue && ofOne.contains(each)) {
                both.add(each);
            }
        }
        return both;
    }

    /** Penstock's own objects and arrays, as far as references lead; what the JDK's hold only if it is a collection. */
    private static Set<Object> reachable(Object root) throws IllegalAccessException {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Object> own = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> next = new ArrayDeque<>(List.of(root));
        while (!next.isEmpty()) {
            Object each = next.remove();
            if (!seen.add(each)) {
                continue;
            }
            Class<?> type = each.getClass();
            if (each instanceof Object[] array) {
                own.add(each);
                addAll(next, nonNull(array));
            } else if (type.isArray()) {
                own.add(each);
            } else if (each instanceof Collection<?> elements && type.getName().startsWith("java.util")) {
                addAll(next, elements);
            } else if (each instanceof Map<?, ?> map) {
                addAll(next, map.values());
            } else if (type.getName().startsWith("io.penstock") && !type.isHidden()) {
                own.add(each);
                addFields(next, each);
            }
        }
        return own;
    }

    private static void addFields(Deque<Object> next, Object object) throws IllegalAccessException {
        for (Class<?> type = object.getClass(); type.getName().startsWith("io.penstock"); type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                    field.setAccessible(true);
                    Object value = field.get(object);
                    if (value != null) {
                        next.add(value);
                    }
                }
            }
        }
    }

    private static List<Object> nonNull(Object[] array) {
        List<Object> all = new ArrayList<>();
        for (Object each : array) {
            if (each != null) {
                all.add(each);
            }
        }
        return all;
    }

    private static void addAll(Deque<Object> next, Iterable<?> elements) {
        for (Object each : elements) {
            if (each != null) {
                next.add(each);
            }
        }
    }
}
