package relay.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import relay.hook.Attempt;
import relay.hook.HookSender;
import relay.hook.HookState;
import relay.json.Json;
import relay.json.TimestampText;

/** {@code GET /hook}: how far the posting of events to the backend has come. */
final class HookServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient AdminAccess admins;
    private final transient @Nullable HookSender hook;

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record State(
            String url,
            long waiting,
            long dropped,
            @Nullable Last last,
            @JsonProperty("next_attempt") @Nullable String nextAttempt) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Last(@Nullable Integer status, @Nullable String error, String at) {}

    HookServlet(Json json, AdminAccess admins, Optional<HookSender> hook) {
        super(json);
        this.admins = admins;
        this.hook = hook.orElse(null);
    }

    @Override
    void handle(Exchange exchange) {
        exchange.parameters().allow(Set.of());
        admins.admit(exchange);
        if (hook == null) {
            throw new RefusedException(
                    HttpStatus.NOT_FOUND_404,
                    "this relay posts no events: --hook and --hook-secret-file name where to, and the secret that signs them");
        }
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
        exchange.answer(of(hook.state()));
    }

    private static State of(HookState state) {
        return new State(
                state.url(),
                state.waiting(),
                state.dropped(),
                state.progress().last().map(HookServlet::of).orElse(null),
                state.progress().next().map(HookServlet::text).orElse(null));
    }

    /** A status speaks for itself. */
    private static Last of(Attempt attempt) {
        return attempt.status().isPresent()
                ? new Last(attempt.status().getAsInt(), null, text(attempt.at()))
                : new Last(null, attempt.error().orElse(null), text(attempt.at()));
    }

    private static String text(Instant time) {
        return TimestampText.of(time.toEpochMilli());
    }
}
