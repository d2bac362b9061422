package relay.console;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import relay.console.FakeAdmin.Asked;
import relay.console.FakeAdmin.Said;

/** Answers of the admin interface, in the shapes in which the relay gives them. */
final class Canned {
    static final String NOTHING = "{\"topics\":[],\"clients\":[]}";

    private Canned() {}

    static String metrics(int clients, int connections, int published) {
        return """
                # HELP relay_registrations Clients
                # TYPE relay_registrations gauge
                relay_registrations %d
                relay_connections %d.0
                relay_queue_bytes 1572864
                relay_publishes_total %d
                relay_deliveries_total %d 1700000000000
                relay_closes_total{code="1001"} 99
                relay_closes_total{reason="a \\"}\\" here",code="4408"} 3
                jvm_info{version="17} 2"} NaN
                """.formatted(clients, connections, published, published * 3);
    }

    /** The topics topic.100 to topic.144, as GET /topics lists them. */
    static Said fortyFiveTopics(Asked asked) {
        List<String> behind = IntStream.rangeClosed(100, 144)
                .mapToObj(i -> "topic." + i)
                .filter(name -> name.compareTo(asked.parameter("after")) > 0)
                .toList();
        List<String> some =
                behind.stream().limit(Long.parseLong(asked.parameter("limit"))).toList();
        String next = some.size() == behind.size() ? "" : ",\"next\":\"" + some.get(some.size() - 1) + "\"";
        return Said.ok(
                "{\"topics\":[" + some.stream().map(Canned::topic).collect(Collectors.joining(",")) + "]" + next + "}");
    }

    static String topic(String name) {
        return "{\"topic\":\"" + name + "\",\"subscribers\":3,\"connected\":2}";
    }

    /** @param more what else there is to say, as members of an object */
    static String hook(int waiting, int dropped, String more) {
        return "{\"url\":\"https://backend.example.com/events\",\"waiting\":" + waiting + ",\"dropped\":" + dropped
                + "," + more + "}";
    }

    static String clients(String... clients) {
        return "{\"clients\":[" + String.join(",", clients) + "]}";
    }

    static String client(String id, String user, boolean connected, String topics) {
        return "{\"id\":\"" + id + "\",\"user_id\":" + user + ",\"topics\":[" + topics + "],\"connected\":" + connected
                + ",\"queue_bytes\":2048,\"since\":\"2026-11-23T13:00:00Z\"}";
    }
}
