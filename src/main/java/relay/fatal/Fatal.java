package relay.fatal;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a process cannot go on from, and hands it to the thread's handler of uncaught exceptions. For any thread.
 *
 * <p>To be called wherever something catches all there is, or gives it to somebody who does. A handler that ends the process
 * does not return; under any other the caller goes on as after any failure.
 */
public final class Fatal {
    /** However long a chain of causes is: they may form a ring. */
    private static final int DEEPEST = 20;

    private Fatal() {}

    /**
     * Whether a failure comes of something that only a new process is free of: no memory, or a class that cannot be used. A
     * stack that overflowed is no such thing: what overflowed it is over.
     */
    public static boolean is(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof LinkageError
                    || (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError))) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** Hands a failure to the thread's handler, if it is fatal. */
    public static void report(@Nullable Throwable failure) {
        if (failure != null && is(failure)) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }

    /** A task of somebody who swallows what it throws. */
    public static Runnable watched(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable e) {
                report(e);
                throw e;
            }
        };
    }

    /** What a stage is to do when it is complete: the next one, which nobody looks at, would have what this throws. */
    public static <T> BiConsumer<T, @Nullable Throwable> watched(BiConsumer<T, @Nullable Throwable> step) {
        return (result, failure) -> {
            try {
                report(failure);
                step.accept(result, failure);
            } catch (Throwable e) {
                report(e);
                throw e;
            }
        };
    }
}
