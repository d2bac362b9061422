package relay.publish;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.fatal.Fatal;
import relay.message.MessageId;
import relay.message.UnavailableException;
import relay.schedule.AnswerQueue;

/**
 * Publishes messages, each of them once however often it is sent with the same key, and tells every sender the same. For any thread;
 * nothing blocks.
 *
 * @param known the answers to what was sent with a key
 * @param memory keeps them longer than this relay lives, and for others
 * @param answers where senders are told: not in the middle of a worker's batch
 */
public record PublishOnce(IdempotentAnswers known, Memory memory, AnswerQueue answers) {
    /** Where an answer is stored. */
    @FunctionalInterface
    public interface Memory {
        /** Completes when a sender may be told; never fails. */
        CompletionStage<Void> remember(IdempotencyKey key, String answer);
    }

    /** Whoever sent a message. One of the methods but the first is called, once, in the answer queue: it must not block. */
    public interface Sender {
        /** What it is told when its message was published. Called before, by any thread, if it is the first with its key. */
        String answer(PublishListener.Outcome outcome);

        /**
         * The message was published.
         *
         * @param repeated whether this is the answer to one who sent it before
         */
        void answered(String answer, boolean repeated);

        /**
         * It was refused, or it is not known what became of it.
         *
         * @param cause an {@link UnavailableException} or an {@link IdempotencyConflictException}
         */
        void refused(RuntimeException cause);
    }

    /** Publishes the message itself. */
    @FunctionalInterface
    public interface Publishing {
        void publish(Optional<IdempotencyKey> key, PublishListener listener);
    }

    /**
     * Publishes a message, unless one with the same key was published, or is about to be: then its sender is told what that one's is.
     *
     * @throws IdempotencyConflictException if the key belongs to another message
     * @throws UnavailableException if it is refused at once; its sender is not told otherwise
     */
    public void publish(Optional<IdempotencyKey> key, Sender sender, Publishing publishing) {
        if (key.isEmpty()) {
            publishing.publish(key, new Answer(sender, Optional.empty()));
            return;
        }
        Optional<IdempotentAnswers.Attempt> first = known.begin(key.get(), new Repeated(sender));
        if (first.isPresent()) {
            try {
                publishing.publish(key, new Answer(sender, first));
            } catch (RuntimeException e) {
                first.get().refused(e);
                throw e;
            }
        }
    }

    /** Tells the sender of a message, and those who sent it again meanwhile, what became of it. For any thread. */
    private final class Answer implements PublishListener {
        private final Sender sender;
        private final Optional<IdempotentAnswers.Attempt> attempt;

        Answer(Sender sender, Optional<IdempotentAnswers.Attempt> attempt) {
            this.sender = sender;
            this.attempt = attempt;
        }

        @Override
        public void published(Outcome outcome) {
            String answer = sender.answer(outcome);
            answers.add(() -> {
                if (attempt.isPresent()) {
                    remember(attempt.get(), answer);
                } else {
                    sender.answered(answer, false);
                }
            });
        }

        /** Nobody hears the answer before it is stored: a repeated request gets the same one then, also after a restart. */
        private void remember(IdempotentAnswers.Attempt first, String answer) {
            CompletionStage<Void> stored = memory.remember(first.key(), answer);
            if (stored.toCompletableFuture().isDone()) {
                tell(first, answer);
            } else {
                stored.whenComplete(Fatal.watched((none, failure) -> answers.add(() -> tell(first, answer))));
            }
        }

        private void tell(IdempotentAnswers.Attempt first, String answer) {
            first.answered(answer);
            sender.answered(answer, false);
        }

        @Override
        public void repeated(MessageId id, Optional<String> answer) {
            // The first request may still be in progress at another relay, or that relay may have died before it
            // answered.
            // The message is published in both cases, which is what the publisher needs to know.
            String told = answer.orElseGet(() -> "{\"id\":\"" + id + "\"}");
            attempt.ifPresent(first -> {
                if (answer.isPresent()) {
                    first.repeated(told);
                } else {
                    first.repeatedUnknown(told);
                }
            });
            answers.add(() -> sender.answered(told, true));
        }

        @Override
        public void refused(RuntimeException cause) {
            attempt.ifPresent(first -> first.refused(cause));
            answers.add(() -> sender.refused(cause));
        }
    }

    /** One who sent a message again gets the answer of the first. For any thread. */
    private final class Repeated implements IdempotentAnswers.Repeat {
        private final Sender sender;

        Repeated(Sender sender) {
            this.sender = sender;
        }

        @Override
        public void answered(String answer) {
            answers.add(() -> sender.answered(answer, true));
        }

        @Override
        public void refused(RuntimeException cause) {
            answers.add(() -> sender.refused(cause));
        }
    }
}
