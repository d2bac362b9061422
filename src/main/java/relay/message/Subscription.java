package relay.message;

import java.util.Set;

/** What a client asks for: these topics and no others, and from where. */
public record Subscription(Set<Topic> topics, StartPosition start) {}
