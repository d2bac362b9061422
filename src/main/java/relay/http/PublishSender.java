package relay.http;

import java.nio.charset.StandardCharsets;
import relay.publish.PublishListener.Outcome;
import relay.publish.PublishOnce;

/**
 * A request that publishes one message. Immutable.
 *
 * @param isShared whether other relays may get the message
 * @param confirmed whether it waits for acknowledgements
 */
record PublishSender(Exchange exchange, boolean isShared, boolean confirmed) implements PublishOnce.Sender {
    @Override
    public String answer(Outcome outcome) {
        String acknowledged = confirmed ? ",\"acknowledged\":" + outcome.acknowledged() : "";
        String elsewhere = isShared ? ",\"other_relays\":" + outcome.others() : "";
        String reported = isShared && confirmed ? ",\"reported\":" + outcome.reported() : "";
        return "{\"id\":\"" + outcome.id() + "\",\"queued\":" + outcome.queued() + acknowledged + elsewhere + reported
                + "}";
    }

    @Override
    public void answered(String answer, boolean repeated) {
        if (repeated) {
            exchange.setHeader(IdempotencyHeader.REPLAYED, "true");
        }
        exchange.answer(answer.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void refused(RuntimeException cause) {
        exchange.guard(() -> {
            throw cause;
        });
    }
}
