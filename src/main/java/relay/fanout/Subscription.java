package relay.fanout;

import java.util.Set;
import relay.message.Topic;

/** What a client asks for: these topics and no others, and from where. */
public record Subscription(Set<Topic> topics, StartPosition start) {}
