package relay.fanout;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import relay.message.Topic;
import relay.message.UserId;

/** Which users' clients ask for which topics, gathered in steps. The worker that owns them only. */
final class Wanted {
    /** In one step, so that it takes some hundred microseconds at most. */
    private static final int TOPICS_AT_ONCE = 1_000;

    private static final int CLIENTS_AT_ONCE = 500;

    private final Iterator<Subscriber> rest;
    private final Map<Topic, Set<UserId>> users;

    /** @param topics how many there are: the map is as large as that from the start, for it would grow in one go */
    Wanted(Iterator<Subscriber> everybody, int topics) {
        this.rest = everybody;
        this.users = new HashMap<>(topics + topics / 2);
    }

    /** Goes on, and says whether there is more. */
    boolean step() {
        int topics = 0;
        for (int clients = 0; clients < CLIENTS_AT_ONCE && topics < TOPICS_AT_ONCE && rest.hasNext(); clients++) {
            Subscriber subscriber = rest.next();
            for (Topic topic : subscriber.topics()) {
                users.computeIfAbsent(topic, first -> new HashSet<>()).add(subscriber.client.user());
                topics++;
            }
        }
        return rest.hasNext();
    }

    /** What was found. */
    Map<Topic, Set<UserId>> users() {
        return users;
    }
}
