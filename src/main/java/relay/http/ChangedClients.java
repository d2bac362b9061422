package relay.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.hub.Registrar;
import relay.message.Topic;

/**
 * The answer to {@code PATCH /clients}: what has become of the clients of a user.
 *
 * @param changed how many have changed
 */
record ChangedClients(int changed, List<Line> clients) {
    /** So many topics are listed in all: one client may have a thousand. */
    private static final int MOST_TOPICS = 10_000;

    /**
     * One client.
     *
     * @param id its first eight digits
     * @param topics those in force now; absent where so many are listed before it that there is no room
     * @param error why it has not changed, or why the change may not last; absent if it has changed
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(
            String id,
            @Nullable List<String> topics,
            @Nullable String error) {}

    static ChangedClients of(List<Registrar.Changed> clients) {
        List<Line> lines = new ArrayList<>(clients.size());
        int room = MOST_TOPICS;
        int changed = 0;
        for (Registrar.Changed client : clients) {
            // The first that does not fit ends it, so that nobody takes a client without topics for one that has none.
            room = client.topics().size() <= room ? room - client.topics().size() : -1;
            lines.add(new Line(
                    client.id().toString(),
                    room >= 0 ? names(client.topics()) : null,
                    client.refused().orElse(null)));
            changed += client.refused().isEmpty() ? 1 : 0;
        }
        return new ChangedClients(changed, lines);
    }

    /** In the order of the alphabet. */
    static List<String> names(Set<Topic> topics) {
        return topics.stream().map(Topic::name).sorted().toList();
    }
}
