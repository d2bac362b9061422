package relay.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpareMemoryTest {
    private static final long MIB = 1L << 20;

    private final Heap heap = new Heap();
    private final SpareMemory spare = new SpareMemory(heap);

    /** A heap in MiB, and what was done about it. */
    private static final class Heap implements Memory {
        private final List<String> done = new ArrayList<>();
        private long used = 30;
        private long committed = 400;
        private int opened;

        @Override
        public void open() {
            opened++;
        }

        @Override
        public long used() {
            return used * MIB;
        }

        @Override
        public long committed() {
            return committed * MIB;
        }

        @Override
        public void beginCollecting() {
            done.add("begin");
        }

        @Override
        public void endCollecting() {
            done.add("end");
        }

        @Override
        public void trim() {
            done.add("trim");
        }
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            spare.look();
        }
    }

    /** It is idle, and has shrunk to 10 of 20 MiB. */
    private void settle() {
        look(3);
        heap.used = 10;
        heap.committed = 20;
        look(1);
        assertThat(heap.done).containsExactly("begin", "end", "trim");
        heap.done.clear();
    }

    @Test
    void whatItNeedsIsLoadedAtTheFirstLookAndNoLater() {
        Heap heap = new Heap();
        SpareMemory memory = new SpareMemory(heap);
        memory.look();
        memory.look();
        assertThat(heap.opened).isEqualTo(1);
    }

    @Test
    void whatTheStartHasLeftIsGivenBackOnceTheRelayIsIdle() {
        settle();
    }

    @Test
    void aBusyRelayIsLeftAlone() {
        for (int i = 0; i < 20; i++) {
            heap.used = 30 + 5L * (i % 4);
            look(1);
        }
        assertThat(heap.done).isEmpty();
    }

    @Test
    void nothingIsDoneAgainWhileLittleHasBeenTaken() {
        settle();
        for (int i = 0; i < 15; i++) {
            heap.used++;
            look(1);
        }
        assertThat(heap.done).isEmpty();
        heap.used++;
        look(1);
        assertThat(heap.done).containsExactly("begin");
    }

    @Test
    void aHeapThatABurstHasMadeLargerShrinksAgain() {
        settle();
        heap.committed = 200;
        look(2);
        assertThat(heap.done).containsExactly("begin");
    }

    @Test
    void aLargeHeapIsNotMarkedForEveryFewMegabytes() {
        look(3);
        heap.used = 1000;
        heap.committed = 1010;
        look(1);
        heap.done.clear();
        for (int i = 0; i < 100; i++) {
            heap.used += 2;
            look(1);
        }
        assertThat(heap.done).isEmpty();
    }

    @Test
    void workEndsTheRoundAndTheCollectorHasItsSettingsBack() {
        look(3);
        heap.used += 5;
        look(1);
        assertThat(heap.done).containsExactly("begin", "end", "trim");
    }

    @Test
    void aHeapThatDoesNotShrinkIsNotCollectedForEver() {
        look(3 + 6);
        assertThat(heap.done).containsExactly("begin", "end", "trim");
        look(20);
        assertThat(heap.done).containsExactly("begin", "end", "trim");
    }

    @Test
    void itLooksMoreOftenDuringARound() {
        assertThat(spare.look()).isEqualTo(Duration.ofSeconds(5));
        look(1);
        assertThat(spare.look()).isEqualTo(Duration.ofSeconds(1));
    }
}
