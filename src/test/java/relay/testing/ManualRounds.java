package relay.testing;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import relay.schedule.Rounds;

/** Rounds that begin and end when their threads say so. */
public final class ManualRounds implements Rounds {
    private final ConcurrentMap<Thread, Queue<Runnable>> tasks = new ConcurrentHashMap<>();

    /** The current thread has rounds from now on. */
    public void begin() {
        tasks.put(Thread.currentThread(), new ArrayDeque<>());
    }

    @Override
    public boolean atEnd(Runnable task) {
        Queue<Runnable> own = tasks.get(Thread.currentThread());
        return own != null && own.add(task);
    }

    /** The current thread's round ends, and the next one begins. */
    public void end() {
        Queue<Runnable> own = tasks.get(Thread.currentThread());
        for (Runnable task = own.poll(); task != null; task = own.poll()) {
            task.run();
        }
    }
}
