package relay.hub;

import java.util.Optional;
import relay.message.Topic;
import relay.message.UserId;

/** What goes to one kind of receiver on one topic: everybody, or one user. */
record StrandKey(Topic topic, Optional<UserId> recipient) {}
