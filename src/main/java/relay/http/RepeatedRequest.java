package relay.http;

import java.nio.charset.StandardCharsets;

/** A publish request that is answered as an earlier one with its key was, by a thread of Jetty's. For any thread. */
record RepeatedRequest(Exchange exchange, AnswerQueue answers) implements IdempotentAnswers.Repeat {
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
