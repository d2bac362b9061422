package relay.http;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import relay.fatal.Fatal;
import relay.hub.Hub;
import relay.message.MessageId;
import relay.publish.PublishListener;

/** Tells the publisher what became of the message. For any thread. */
final class PublishAnswer implements PublishListener {
    private final Exchange exchange;
    private final AnswerQueue answers;
    private final Hub hub;
    private final Optional<IdempotentAnswers.Attempt> attempt;

    /** @param attempt for others with the same idempotency key; empty if the request has none */
    PublishAnswer(Exchange exchange, AnswerQueue answers, Hub hub, Optional<IdempotentAnswers.Attempt> attempt) {
        this.exchange = exchange;
        this.answers = answers;
        this.hub = hub;
        this.attempt = attempt;
    }

    @Override
    public void published(Outcome outcome) {
        String elsewhere = hub.isShared() ? ",\"other_relays\":" + outcome.others() : "";
        answer("{\"id\":\"" + outcome.id() + "\",\"queued\":" + outcome.queued() + elsewhere + "}");
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        // The first request may still be in progress at another relay, or that relay may have died before it answered.
        // The message is published in both cases, which is what the publisher needs to know.
        String known = answer.orElseGet(() -> "{\"id\":\"" + id + "\"}");
        attempt.ifPresent(first -> {
            if (answer.isPresent()) {
                first.repeated(known);
            } else {
                first.repeatedUnknown(known);
            }
        });
        new Repeated(exchange, answers).answered(known);
    }

    @Override
    public void refused(RuntimeException cause) {
        attempt.ifPresent(first -> first.refused(cause));
        answers.add(() -> exchange.guard(() -> {
            throw cause;
        }));
    }

    /** Answers when the message is acknowledged, or when the time for that is up. */
    PublishListener confirmed(WaitLimit limit) {
        return new PublishListener() {
            @Override
            public void published(Outcome outcome) {
                limit.end();
                String elsewhere = hub.isShared()
                        ? ",\"other_relays\":" + outcome.others() + ",\"reported\":" + outcome.reported()
                        : "";
                answer("{\"id\":\"" + outcome.id() + "\",\"queued\":" + outcome.queued() + ",\"acknowledged\":"
                        + outcome.acknowledged() + elsewhere + "}");
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
        answers.add(() -> {
            if (attempt.isPresent()) {
                remember(attempt.get(), json);
            } else {
                write(json);
            }
        });
    }

    /** Nobody hears the answer before it is stored: a repeated request gets the same one then, also after a restart. */
    private void remember(IdempotentAnswers.Attempt first, String json) {
        CompletionStage<Void> stored = hub.remember(first.key(), json);
        if (stored.toCompletableFuture().isDone()) {
            tell(first, json);
        } else {
            stored.whenComplete(Fatal.watched((none, failure) -> answers.add(() -> tell(first, json))));
        }
    }

    private void tell(IdempotentAnswers.Attempt first, String json) {
        first.answered(json);
        write(json);
    }

    private void write(String json) {
        exchange.answer(json.getBytes(StandardCharsets.UTF_8));
    }

    /** A repeated request, which gets the answer of the first one with its key. For any thread. */
    record Repeated(Exchange exchange, AnswerQueue answers) implements IdempotentAnswers.Repeat {
        @Override
        public void answered(String answer) {
            answers.add(() -> {
                exchange.setHeader(IdempotencyHeader.REPLAYED, "true");
                exchange.answer(answer.getBytes(StandardCharsets.US_ASCII));
            });
        }

        @Override
        public void refused(RuntimeException cause) {
            answers.add(() -> exchange.guard(() -> {
                throw cause;
            }));
        }
    }
}
