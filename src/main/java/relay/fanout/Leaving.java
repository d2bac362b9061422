package relay.fanout;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Gives each connection the moment when it is closed because the relay goes away, in steps. The owning worker only. */
final class Leaving {
    private static final int AT_ONCE = 500;

    private final Iterator<Subscriber> everybody;
    private final List<Subscriber> connected = new ArrayList<>();
    private final long began;
    private final long spreadNanos;
    private int next;

    /** @param spreadNanos the time from now over which the connections are spread evenly */
    Leaving(ClientTable clients, long spreadNanos) {
        this.everybody = clients.everybody();
        this.began = clients.now();
        this.spreadNanos = spreadNanos;
    }

    /** Goes on, and says whether there is more. */
    boolean step(ClientTable clients) {
        int end = next + AT_ONCE;
        for (int seen = 0; seen < AT_ONCE && everybody.hasNext(); seen++) {
            Subscriber subscriber = everybody.next();
            if (subscriber.client.queue().isPresent()) {
                connected.add(subscriber);
            }
        }
        if (everybody.hasNext()) {
            return true;
        }
        for (; next < Math.min(end, connected.size()); next++) {
            clients.leaveAt(connected.get(next), began + spreadNanos / connected.size() * next);
        }
        return next < connected.size();
    }
}
