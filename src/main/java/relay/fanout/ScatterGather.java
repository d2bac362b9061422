package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Gathers one part of an answer from each of several workers, without a thread that waits. For any thread. */
public final class ScatterGather<T> {
    private final Consumer<List<T>> whole;
    private final List<T> gathered = new ArrayList<>();
    private int partsLeft;

    /** @param whole is called once, by the thread that brings the last part: it must neither block nor throw */
    public ScatterGather(int parts, Consumer<List<T>> whole) {
        this.partsLeft = parts;
        this.whole = whole;
    }

    /** A worker is done, and this is its part. */
    public void add(List<T> part) {
        synchronized (this) {
            gathered.addAll(part);
            partsLeft--;
            if (partsLeft > 0) {
                return;
            }
        }
        whole.accept(gathered);
    }
}
