package relay.content;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is made when it is first asked for, since a start would only be slower for it. For any thread: those that
 * ask while it is made wait.
 */
public final class OnDemand<T> implements Supplier<T> {
    private final Supplier<T> maker;

    /** Volatile: once it is there, nobody takes the lock. */
    private volatile @Nullable T made;

    /** @param maker is asked once; again if it threw something */
    public OnDemand(Supplier<T> maker) {
        this.maker = maker;
    }

    @Override
    public T get() {
        T present = made;
        return present == null ? make() : present;
    }

    private synchronized T make() {
        T present = made;
        if (present == null) {
            present = maker.get();
            made = present;
        }
        return present;
    }
}
