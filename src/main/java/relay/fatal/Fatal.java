package relay.fatal;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes failures that the process cannot recover from, and reports them to the thread's handler of uncaught exceptions.
 * For any thread.
 *
 * <p>To be called wherever code catches everything, or passes a task to code that does. A handler that ends the process does
 * not return; after any other, the caller goes on as after an ordinary failure.
 */
public final class Fatal {
    /** The most causes to look at, since they may form a cycle. */
    private static final int DEEPEST = 20;

    private Fatal() {}

    /**
     * Whether a failure was caused by something that only a new process can cure: no memory, or a class that cannot be loaded.
     * A stack overflow is not fatal: it ends with the call that caused it.
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

    /** Reports a failure to the thread's handler, if it is fatal. */
    public static void report(@Nullable Throwable failure) {
        if (failure != null && is(failure)) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }

    /** Wraps a task for an executor that swallows what it throws. */
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

    /** Wraps the action of a stage: what it throws would be kept in the next stage, which nobody reads. */
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
