package io.penstock.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A small pool for each test, and the check that every frame came home. */
abstract class PoolFixture {
    static final int FRAMES = 64;

    Region region;
    FramePool pool;

    @BeforeEach
    void openPool() {
        region = Region.mapSmall(FRAMES * 2048L);
        pool = FramePool.over("test", region, 2048, FramePool.DEFAULT_HEADROOM_BYTES);
        pool.reserve(8);
    }

    @AfterEach
    void everyFrameIsHome() {
        try {
            pool.reclaim();
            assertThat(pool.leakReport()).isEmpty();
            assertThat(pool.framesInUse()).isZero();
            assertThat(pool.slicesInUse()).isZero();
        } finally {
            pool.close();
            region.close();
        }
    }

    static void onAnotherThread(Runnable work) throws InterruptedException {
        Throwable[] failure = new Throwable[1];
        Thread thread = new Thread(work, "another");
        thread.setUncaughtExceptionHandler((_, e) -> failure[0] = e);
        thread.start();
        thread.join();
        if (failure[0] instanceof RuntimeException e) {
            throw e;
        }
        assertThat(failure[0]).isNull();
    }
}
