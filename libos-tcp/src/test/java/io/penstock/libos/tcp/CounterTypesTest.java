package io.penstock.libos.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.datapath.counters.Counter;
import io.penstock.datapath.counters.CounterType;
import io.penstock.datapath.counters.Counters;
import io.penstock.datapath.device.Capabilities;
import io.penstock.datapath.poll.VirtualClock;
import io.penstock.testkit.device.ScriptedDevice;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a stack registers says what it is: tools print it in its unit, and no rate of what is no total. */
class CounterTypesTest {
    private final Map<String, CounterType> types = new TreeMap<>();

    @Test
    void whatHasAUnitInItsNameSaysItToReadersToo() {
        openAStack();
        assertThat(types).isNotEmpty();
        types.forEach((name, type) -> {
            CounterType.Unit expected = name.matches(".*\\bbytes\\b.*")
                    ? CounterType.Unit.BYTES
                    : name.endsWith("nanos") ? CounterType.Unit.NANOS : CounterType.Unit.COUNT;
            assertThat(type.unit()).as(name).isEqualTo(expected);
        });
    }

    @Test
    void whatStandsAtSomeValueIsAGauge() {
        openAStack();
        types.forEach((name, type) -> assertThat(type.isGauge())
                .as(name)
                .isEqualTo(name.matches(
                        ".*(in-use|high-water|-cached|\\.entries|\\.open|time-wait|longest.*|half-open)")));
    }

    private void openAStack() {
        Counters inner = Counters.inMemory();
        Counters noting = new Counters() {
            @Override
            public Counter counter(String name, CounterType type) {
                types.putIfAbsent(name, type);
                return inner.counter(name, type);
            }
        };
        Stack.open(StackConfig.builder()
                        .device(setup -> new ScriptedDevice(setup, 1500, Capabilities.none()))
                        .address("198.18.0.1/24")
                        .clock(new VirtualClock())
                        .counters(noting)
                        .build())
                .close();
    }
}
