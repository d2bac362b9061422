package relay.http;

import java.nio.charset.StandardCharsets;

/** A repeated publish request, which gets the answer of the first one with its key. For any thread. */
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
