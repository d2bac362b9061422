package relay.engine.redis;

/** A session and what comes by it. */
record Current(Session session, Feed feed) {
    /** No message of it is handed on from now on, and whoever waits for it goes on. */
    void close() {
        feed.die();
        session.close();
    }
}
