package io.penstock.control.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class UnitsTest {
    @Test
    void countsInThousands() {
        assertThat(Units.count(0)).isEqualTo("0");
        assertThat(Units.count(950)).isEqualTo("950");
        assertThat(Units.count(0.25)).isEqualTo("0.25");
        assertThat(Units.count(999.6)).isEqualTo("1.00 k");
        assertThat(Units.count(12_345)).isEqualTo("12.3 k");
        assertThat(Units.count(123_456)).isEqualTo("123 k");
        assertThat(Units.count(4_560_000)).isEqualTo("4.56 M");
        assertThat(Units.count(-4_560_000)).isEqualTo("-4.56 M");
        assertThat(Units.count(Long.MAX_VALUE)).isEqualTo("9.22 E");
    }

    @Test
    void countsBytesInPowersOfTwo() {
        assertThat(Units.bytes(1023)).isEqualTo("1023 B");
        assertThat(Units.bytes(1024)).isEqualTo("1.00 KiB");
        assertThat(Units.bytes(1 << 30)).isEqualTo("1.00 GiB");
    }

    @Test
    void showsTimes() {
        assertThat(Units.nanos(950)).isEqualTo("950 ns");
        assertThat(Units.nanos(183_400)).isEqualTo("183 us");
        assertThat(Units.nanos(2_500_000_000L)).isEqualTo("2.50 s");
        assertThat(Units.nanos(3.6e12)).isEqualTo("1 h 0 min");
        assertThat(Units.age(Duration.ofSeconds(59))).isEqualTo("59 s");
        assertThat(Units.age(Duration.ofSeconds(192))).isEqualTo("3 min 12 s");
        assertThat(Units.age(Duration.ofHours(195))).isEqualTo("8 d 3 h");
        assertThat(Units.age(Duration.ofSeconds(-5))).isEqualTo("0 s");
    }

    @Test
    void setsTablesInColumns() {
        Table table = new Table("NAME", ">COUNT", "NOTE");
        table.row("a", "1", "");
        table.row("longer", "12345678", "x");
        assertThat(table.lines()).containsExactly("NAME       COUNT  NOTE", "a              1", "longer  12345678  x");
    }
}
