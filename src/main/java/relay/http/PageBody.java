package relay.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import relay.hub.Past;
import relay.json.MessageJson;

/** Writes a page of messages as the body of an answer. Stateless, for any thread. */
final class PageBody {
    private static final byte[] MESSAGES = "\"messages\":[".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "],".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};

    private PageBody() {}

    /** {@code {"gap":{...},"messages":[...],"next":"<id>"}}. */
    static StaticContent json(Past.Page page, MessageJson json) {
        byte[] gap = page.gap().map(json::gap).orElse(NOTHING);
        byte[] next = json.next(page.next());
        List<MessageJson.Envelope> envelopes = envelopes(page, json);
        int commas = Math.max(0, envelopes.size() - 1);
        // Of the gap and of next all but one brace.
        byte[] bytes =
                allocate(Math.max(1, gap.length) + MESSAGES.length + commas + END.length + next.length - 1, envelopes);
        ByteBuffer body = ByteBuffer.wrap(bytes);
        if (gap.length == 0) {
            body.put((byte) '{');
        } else {
            body.put(gap, 0, gap.length - 1).put((byte) ',');
        }
        body.put(MESSAGES);
        for (int i = 0; i < envelopes.size(); i++) {
            if (i > 0) {
                body.put((byte) ',');
            }
            envelopes.get(i).putInto(body);
        }
        body.put(END).put(next, 1, next.length - 1);
        return new StaticContent(bytes, "application/json");
    }

    /** A line for the gap, if there is one, a line for each message, and at the end {@code {"next":"<id>"}}. */
    static StaticContent lines(Past.Page page, MessageJson json) {
        byte[] gap = page.gap().map(json::gap).orElse(NOTHING);
        byte[] next = json.next(page.next());
        List<MessageJson.Envelope> envelopes = envelopes(page, json);
        int gapLine = gap.length == 0 ? 0 : gap.length + 1;
        byte[] bytes = allocate(gapLine + envelopes.size() + next.length + 1, envelopes);
        ByteBuffer body = ByteBuffer.wrap(bytes);
        if (gap.length > 0) {
            body.put(gap).put((byte) '\n');
        }
        envelopes.forEach(envelope -> {
            envelope.putInto(body);
            body.put((byte) '\n');
        });
        body.put(next).put((byte) '\n');
        return new StaticContent(bytes, "application/x-ndjson");
    }

    private static List<MessageJson.Envelope> envelopes(Past.Page page, MessageJson json) {
        return page.messages().stream().map(json::envelope).toList();
    }

    private static byte[] allocate(long around, List<MessageJson.Envelope> envelopes) {
        long size = around;
        for (MessageJson.Envelope envelope : envelopes) {
            size += envelope.size();
        }
        return new byte[Math.toIntExact(size)];
    }
}
