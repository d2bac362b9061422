package relay.http;

import relay.json.Json;
import relay.uri.Route;

/** The paths below {@code /topics/}: Jetty maps them to one servlet. */
final class TopicPaths extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final TopicsServlet topics;
    private final MessagesServlet messages;

    TopicPaths(Json json, TopicsServlet topics, MessagesServlet messages) {
        super(json);
        this.topics = topics;
        this.messages = messages;
    }

    @Override
    void handle(Exchange exchange) {
        if (exchange.route() == Route.TOPIC_MESSAGES) {
            messages.handle(exchange);
        } else {
            topics.handle(exchange);
        }
    }
}
