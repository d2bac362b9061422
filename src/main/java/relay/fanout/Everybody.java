package relay.fanout;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** All of one worker's clients, connected or not, to be gone through in steps. The owning worker only. */
final class Everybody {
    private final List<Subscriber> all = new ArrayList<>();

    void add(Subscriber subscriber) {
        subscriber.number = all.size();
        all.add(subscriber);
    }

    /** Forgets one that was added. */
    void remove(Subscriber subscriber) {
        Subscriber last = all.remove(all.size() - 1);
        if (last != subscriber) {
            all.set(subscriber.number, last);
            last.number = subscriber.number;
        }
    }

    /** Goes through all, while others come and go: whoever is here and stays comes, whoever is added later may come. */
    Iterator<Subscriber> iterator() {
        // From the end: whoever is moved to the place of one that goes has been seen, or will be seen there.
        return new Iterator<>() {
            private int unseen = all.size();

            @Override
            public boolean hasNext() {
                unseen = Math.min(unseen, all.size());
                return unseen > 0;
            }

            @Override
            public Subscriber next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                unseen--;
                return all.get(unseen);
            }
        };
    }
}
