package relay.hub;

import relay.client.BoundedCount;
import relay.message.UnavailableException;

/** Lets connections in: as many as there may be at a time, and none once the relay is leaving. For any thread. */
public final class Admission {
    private final Hub hub;
    private final BoundedCount open;

    public Admission(Hub hub, int maxConnections) {
        this.hub = hub;
        this.open = new BoundedCount(maxConnections);
    }

    /**
     * Lets one in, which has to {@link #leave} in the end.
     *
     * @throws UnavailableException if there is no room for it
     */
    public void enter() {
        if (hub.isGoingAway()) {
            throw UnavailableException.goingAway();
        }
        if (!open.enter()) {
            throw UnavailableException.noRoomFor("connections");
        }
    }

    /** One that was let in has ended. */
    public void leave() {
        open.leave();
    }

    /** How many are in. */
    public int open() {
        return open.get();
    }
}
