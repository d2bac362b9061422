package relay.steady;

import java.util.List;

/** Something that happens to a relay, which can be measured again and again. */
interface Situation extends AutoCloseable {
    /** The same figures each time, in the same order. */
    List<Figure> measure() throws InterruptedException;

    @Override
    void close() throws InterruptedException;
}
