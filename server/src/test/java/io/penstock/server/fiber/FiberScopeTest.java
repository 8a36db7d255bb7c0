package io.penstock.server.fiber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.datapath.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who waits for whom, and what becomes of the others when one fails. */
class FiberScopeTest {
    private final Clients clients = new Clients();
    private final List<String> seen = new ArrayList<>();

    @AfterEach
    void nothingLeaks() {
        clients.close();
    }

    private FiberTask untilInterrupted(FiberScope scope, String name) {
        return () -> {
            try {
                scope.sleep(Long.MAX_VALUE);
            } finally {
                seen.add(name + " ended");
            }
        };
    }

    @Test
    void joinGivesWhatTheTaskReturned() throws Exception {
        clients.run(scope -> {
            Fiber<Integer> sum = scope.fork(() -> 1 + 1);
            assertThat(sum.isDone()).isFalse();
            assertThat(sum.join()).isEqualTo(2);
            assertThat(sum.isDone()).isTrue();
            assertThat(sum.join()).isEqualTo(2);
        });
    }

    @Test
    void theEndOfALoopWaitsForAllThatWasForked() throws Exception {
        clients.run(scope -> scope.fork(() -> {
            scope.sleep(0);
            scope.fork(() -> {
                scope.sleep(0);
                seen.add("grandchild");
            });
        }));
        assertThat(seen).containsExactly("grandchild");
    }

    @Test
    void aFailureEndsTheOthersAndThenTheScope() throws Exception {
        IllegalStateException failure = new IllegalStateException("one of three");
        clients.run(scope -> {
            assertThatThrownBy(() -> scope.nested(inner -> {
                        inner.fork(untilInterrupted(scope, "first"));
                        inner.fork(untilInterrupted(scope, "second"));
                        inner.fork(() -> {
                            scope.sleep(0);
                            throw failure;
                        });
                        inner.join();
                        seen.add("never");
                    }))
                    .isInstanceOf(ExecutionException.class)
                    .hasCause(failure);
            seen.add("scope ended");
            scope.sleep(0); // not interrupted
        });
        assertThat(seen)
                .containsExactlyInAnyOrder("first ended", "second ended", "scope ended")
                .endsWith("scope ended");
    }

    @Test
    void aFailureEndsWhatTheOwnerWaitsForAsWell() {
        IllegalStateException failure = new IllegalStateException("of a helper");
        assertThatThrownBy(() -> clients.run(scope -> {
                    scope.fork(() -> {
                        scope.sleep(0);
                        throw failure;
                    });
                    scope.listen(Endpoint.any(7)).accept();
                }))
                .isInstanceOf(ExecutionException.class)
                .hasCause(failure);
    }

    @Test
    void whatTheOwnerThrowsComesOutWhenAllHaveEnded() {
        assertThatThrownBy(() -> clients.run(scope -> {
                    scope.fork(untilInterrupted(scope, "forked"));
                    scope.sleep(0);
                    throw new IllegalArgumentException("the owner's");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the owner's");
        assertThat(seen).containsExactly("forked ended");
    }

    @Test
    void anErrorOfAFiberIsAFailureToo() {
        assertThatThrownBy(() -> clients.run(scope -> scope.fork(() -> {
                    throw new StackOverflowError("deep");
                })))
                .hasCauseInstanceOf(StackOverflowError.class);
    }

    @Test
    void stackTracesLeadToTheTask() throws Exception {
        clients.run(scope -> {
            Fiber<Void> failing = scope.fork(() -> {
                try {
                    fail(scope);
                } catch (IllegalStateException e) {
                    seen.add(e.getStackTrace()[0].getMethodName());
                }
            });
            failing.join();
        });
        assertThat(seen).containsExactly("fail");
    }

    private static void fail(FiberScope scope) throws InterruptedException {
        scope.sleep(0);
        throw new IllegalStateException();
    }

    @Test
    void cancelEndsThoseOfTheScopeAndThoseOfScopesInside() throws Exception {
        clients.run(scope -> {
            scope.nested(inner -> {
                inner.fork(() -> inner.nested(innermost -> {
                    innermost.fork(untilInterrupted(scope, "innermost"));
                    innermost.join();
                }));
                inner.fork(untilInterrupted(scope, "inner"));
                scope.sleep(0);
                inner.cancel();
                inner.fork(untilInterrupted(scope, "late"));
            });
            seen.add("over");
        });
        assertThat(seen)
                .containsExactlyInAnyOrder("innermost ended", "inner ended", "late ended", "over")
                .endsWith("over");
    }

    @Test
    void anInterruptOfTheOwnerEndsItsScope() throws Exception {
        clients.run(scope -> {
            Fiber<Void> owner = scope.fork(() -> {
                try {
                    scope.nested(inner -> {
                        inner.fork(untilInterrupted(scope, "inner"));
                    });
                } catch (InterruptedException _) {
                    seen.add("owner interrupted");
                }
            });
            scope.sleep(0);
            owner.interrupt();
            owner.join();
        });
        assertThat(seen).containsExactly("inner ended", "owner interrupted");
    }

    @Test
    void nothingIsForkedInAScopeThatIsOver() throws Exception {
        clients.run(scope -> {
            FiberScope[] kept = new FiberScope[1];
            scope.nested(inner -> kept[0] = inner);
            assertThatThrownBy(() -> kept[0].fork(() -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is over");
            Fiber<?> other =
                    scope.fork(() -> assertThatThrownBy(scope::join).isInstanceOf(IllegalStateException.class));
            other.join();
        });
    }

    @Test
    void whatRunsOnTheLoopMayCallTheStack() throws Exception {
        clients.run(scope -> {
            assertThat(scope.<Thread>onLoop(Thread::currentThread).isVirtual()).isFalse();
            assertThatThrownBy(() -> scope.onLoop(() -> {
                        throw new java.io.FileNotFoundException("from there");
                    }))
                    .isInstanceOf(java.io.FileNotFoundException.class);
        });
    }

    @Test
    void aLoopRunsOnce() throws Exception {
        clients.run(_ -> {});
        assertThatThrownBy(() -> clients.loop.run(_ -> {})).isInstanceOf(IllegalStateException.class);
    }
}
