package io.penstock.benchmarks.way;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.benchmarks.way.Entered.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class WayFiguresTest {
    private static final int LOOP_TURN = 0;
    private static final int INPUT_POLL = 1;
    private static final int INPUT_PACKET = 2;
    private static final int STATE_FIELD = 3;
    private static final int STATE_GETTER = 4;
    private static final int TABLE_CHECK = 5;

    private static final List<Site> SITES = List.of(
            new Site("io.penstock.a.Loop", "turn", true),
            new Site("io.penstock.a.Input", "poll", true),
            new Site("io.penstock.a.Input", "packet", true),
            new Site("io.penstock.b.State", ".nxt", false),
            new Site("io.penstock.b.State", "una", false),
            new Site("io.penstock.b.Table", "check", true));

    private final WayFigures figures = new WayFigures(SITES::get);

    @Test
    void tellsWhatDecidesFromWhatHoldsAndFromWhatEveryTurnEnters() {
        figures.add(Way.EMPTY_TURN, new int[] {LOOP_TURN, INPUT_POLL});
        figures.add(Way.PUSH, new int[] {STATE_FIELD, LOOP_TURN, INPUT_POLL, INPUT_PACKET, STATE_GETTER});
        assertThat(figures.typical(Way.PUSH))
                .containsExactly(
                        new Entered("b.State", List.of(".nxt", "una"), Kind.HOLDS),
                        new Entered("a.Loop", List.of("turn"), Kind.TURN),
                        new Entered("a.Input", List.of("poll", "packet"), Kind.DECIDES));
    }

    @Test
    void takesThoseForTypicalThatMostAgreeWith() {
        figures.add(Way.PUSH, new int[] {TABLE_CHECK, INPUT_PACKET});
        figures.add(Way.PUSH, new int[] {INPUT_PACKET});
        figures.add(Way.PUSH, new int[] {INPUT_POLL, INPUT_PACKET});
        assertThat(figures.typical(Way.PUSH)).extracting(Entered::file).containsExactly("a.Input");
        assertThat(figures.alike(Way.PUSH)).isEqualTo(2);
        assertThat(figures.count(Way.PUSH)).isEqualTo(3);
    }
}
