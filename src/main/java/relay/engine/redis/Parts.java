package relay.engine.redis;

import java.util.concurrent.Executor;
import relay.client.ClientId;
import relay.engine.Receiver;

/** What outlives a session, and knows of each other. */
final class Parts {
    private final RedisOptions options;
    private final Times times;
    private final Names names;
    private final String relay;
    private final Publications publications;
    private final Claims claims;
    private final Questions questions;
    private final Inbox inbox;
    private final Barriers barriers;
    private final Past past;
    private final Follows follows;

    Parts(
            RedisOptions options,
            Times times,
            String relay,
            Publications publications,
            Claims claims,
            Questions questions,
            Receiver receiver,
            Executor engine) {
        this.options = options;
        this.times = times;
        this.names = new Names(options.prefix());
        this.relay = relay;
        this.publications = publications;
        this.claims = claims;
        this.questions = questions;
        this.inbox = new Inbox(receiver, relay, publications);
        this.barriers = new Barriers(names, relay);
        this.past = new Past(names, options);
        this.follows = new Follows(this, engine);
        claims.tellOfEnds(new Claims.Ends() {
            @Override
            public void overtaken(ClientId id, long claim) {
                engine.execute(() -> inbox.tell(told -> told.replaced(id, claim)));
            }

            @Override
            public void removed(ClientId id, long claim) {
                engine.execute(() -> inbox.tell(told -> told.removed(id, claim)));
            }
        });
    }

    RedisOptions options() {
        return options;
    }

    Times times() {
        return times;
    }

    Names names() {
        return names;
    }

    /** This relay's name. */
    String relay() {
        return relay;
    }

    Publications publications() {
        return publications;
    }

    Claims claims() {
        return claims;
    }

    Questions questions() {
        return questions;
    }

    Inbox inbox() {
        return inbox;
    }

    Barriers barriers() {
        return barriers;
    }

    Past past() {
        return past;
    }

    Follows follows() {
        return follows;
    }
}
