package relay.websocket;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import relay.testing.Api;

/** What a test can see of the registry from outside. */
final class Registrations {
    private Registrations() {}

    /** Whether the relay knows an id: a request that is no WebSocket's is told so only where it does. */
    static boolean isKnown(Api api, String id) {
        int status = api.get("/ws/" + id).status();
        if (status != 404 && status != 426) {
            throw new AssertionError("GET /ws/{id} was answered with " + status);
        }
        return status == 426;
    }

    static void awaitUnknown(Api api, String id) {
        await("the id to be unknown")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> !isKnown(api, id));
    }
}
