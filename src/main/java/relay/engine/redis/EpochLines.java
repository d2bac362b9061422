package relay.engine.redis;

import relay.engine.Epochs;
import relay.engine.Epochs.Epoch;

/** The epochs as the server holds them: a line each, {@code <name> <before> <last or -> <the sequence at which its loss was known, or 0>}. */
final class EpochLines {
    private EpochLines() {}

    static Epochs parse(String lines) {
        return new Epochs(lines.lines().map(EpochLines::epoch).toList());
    }

    private static Epoch epoch(String line) {
        String[] fields = line.split(" ", -1);
        long last = fields[2].equals("-") ? Long.MAX_VALUE : Long.parseLong(fields[2]);
        return new Epoch(fields[0], Long.parseLong(fields[1]), last, Long.parseLong(fields[3]));
    }
}
