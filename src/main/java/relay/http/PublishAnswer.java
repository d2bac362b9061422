package relay.http;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import relay.engine.IdempotencyConflictException;
import relay.hub.Confirmation;
import relay.hub.PublishListener;
import relay.message.MessageId;

/** Says what became of one message to whoever published it. For any thread. */
final class PublishAnswer implements PublishListener {
    private final Exchange exchange;
    private final AnswerQueue answers;
    private final boolean shared;

    /** @param shared whether the message may go to other relays too, so that the answer has to say to how many */
    PublishAnswer(Exchange exchange, AnswerQueue answers, boolean shared) {
        this.exchange = exchange;
        this.answers = answers;
        this.shared = shared;
    }

    @Override
    public void handedOver(MessageId id, int queued, int others) {
        String elsewhere = shared ? ",\"other_relays\":" + others : "";
        answer("{\"id\":\"" + id + "\",\"queued\":" + queued + elsewhere + "}");
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        answer(answer.orElseGet(() -> "{\"id\":\"" + id + "\"}"));
    }

    @Override
    public void refused(RuntimeException cause) {
        answers.add(() -> exchange.guard(() -> {
            throw cause instanceof IdempotencyConflictException conflict
                    ? new RefusedException(HttpStatus.CONFLICT_409, conflict.detail())
                    : cause;
        }));
    }

    /** Says so when the message has been acknowledged, or the time for that is up. */
    Confirmation.Listener confirmed(WaitLimit limit) {
        return new Confirmation.Listener() {
            @Override
            public void confirmed(MessageId id, int queued, int acknowledged, int others, int reported) {
                limit.end();
                String elsewhere = shared ? ",\"other_relays\":" + others + ",\"reported\":" + reported : "";
                answer("{\"id\":\"" + id + "\",\"queued\":" + queued + ",\"acknowledged\":" + acknowledged + elsewhere
                        + "}");
            }

            @Override
            public void repeated(MessageId id, Optional<String> answer) {
                limit.end();
                PublishAnswer.this.repeated(id, answer);
            }

            @Override
            public void refused(RuntimeException cause) {
                limit.end();
                PublishAnswer.this.refused(cause);
            }
        };
    }

    private void answer(String json) {
        answers.add(() -> exchange.answer(json.getBytes(StandardCharsets.UTF_8)));
    }
}
