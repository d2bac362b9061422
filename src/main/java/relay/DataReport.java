package relay;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import relay.engine.Epochs.Epoch;
import relay.engine.disk.Damage;
import relay.engine.disk.DiskInspection;
import relay.engine.disk.DiskInspection.LastRun;
import relay.engine.disk.DiskInspection.SegmentFigures;
import relay.json.Json;

/** What a directory of {@code --data} holds, as text for people or as JSON. Immutable. */
record DataReport(Path directory, DiskInspection found) {
    private static final int JSON_LEVELS = 8;
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB");
    private static final double UNIT = 1024;

    /** The JSON, whose names are those of its fields. */
    private record Whole(
            String directory,
            @Nullable Run last_run,
            @Nullable String epoch,
            List<EarlierEpoch> earlier_epochs,
            long newest_sequence,
            long messages,
            int registrations,
            int idempotency_keys,
            int retained_values,
            long bytes,
            List<Segment> segments,
            long torn_bytes,
            List<Damaged> damage) {}

    private record Run(long pid, boolean stopped, String data_sync) {}

    private record EarlierEpoch(String epoch, long last_sequence) {}

    private record Segment(
            String file,
            long bytes,
            long messages,
            @Nullable Long first_sequence,
            @Nullable Long last_sequence,
            @Nullable String first_time,
            @Nullable String last_time) {}

    private record Damaged(String file, long at, long bytes, long after, long through) {}

    /** Prints it for people. */
    void print(PrintStream out) {
        if (found.segments().isEmpty()) {
            out.println(directory + " holds no data of a relay");
            return;
        }
        out.println(directory);
        line(
                out,
                "last used",
                found.lastRun().map(DataReport::text).orElse("not known: there is no lock file, as in a backup"));
        line(out, "epoch", epoch().isEmpty() ? "not known" : epoch() + earlier());
        line(out, "newest message", epoch() + "-" + newest());
        line(out, "messages", String.valueOf(found.messages()));
        line(out, "registrations", String.valueOf(found.registrations()));
        line(out, "idempotency keys", String.valueOf(found.idempotencyKeys()));
        line(out, "retained values", String.valueOf(found.retainedValues()));
        line(out, "size", size(bytes()) + " in " + counted(found.segments().size(), "segment"));
        out.println();
        row(out, "segment", "size", "messages", "first", "last", "time of the last");
        found.segments().forEach(segment -> print(out, segment));
        out.println();
        if (found.tornBytes() > 0) {
            out.println("The last " + counted(found.tornBytes(), "byte")
                    + " are no whole record: a running relay may be writing them, and a start cuts them off.");
        }
        out.println(found.damage().isEmpty() ? "No damage." : "Damage:");
        found.damage().forEach(damage -> out.println("  " + text(damage)));
    }

    private static void print(PrintStream out, SegmentFigures segment) {
        boolean empty = segment.messages() == 0;
        row(
                out,
                segment.name(),
                size(segment.bytes()),
                String.valueOf(segment.messages()),
                empty ? "-" : String.valueOf(segment.firstSequence()),
                empty ? "-" : String.valueOf(segment.lastSequence()),
                empty ? "-" : segment.last().toString());
    }

    private static void line(PrintStream out, String what, String value) {
        out.printf(Locale.ROOT, "%-17s %s%n", what, value);
    }

    private static void row(PrintStream out, Object... columns) {
        out.printf(Locale.ROOT, "%-24s %10s %10s %14s %14s  %s%n", columns);
    }

    private static String text(LastRun run) {
        return "by process " + run.pid() + " with --data-sync="
                + run.sync().name().toLowerCase(Locale.ROOT) + ", which "
                + (run.stopped() ? "was stopped" : "is running, or was killed");
    }

    private static String text(Damage damage) {
        String place = damage.bytes() == 0
                ? "before " + damage.file() + ", a file is missing: "
                : damage.file() + ", " + counted(damage.bytes(), "byte") + " from byte " + damage.at() + ": ";
        return place
                + (damage.messages() == 0
                        ? "no message is lost, but perhaps what was new of a registration, or a retained value"
                        : "the messages after " + damage.after() + " up to " + damage.through() + " are lost");
    }

    /** Prints it for programs: one object in one line. */
    void printJson(PrintStream out) {
        Whole whole = new Whole(
                directory.toString(),
                found.lastRun()
                        .map(run -> new Run(
                                run.pid(), run.stopped(), run.sync().name().toLowerCase(Locale.ROOT)))
                        .orElse(null),
                epoch().isEmpty() ? null : epoch(),
                earlierEpochs(),
                newest(),
                found.messages(),
                found.registrations(),
                found.idempotencyKeys(),
                found.retainedValues(),
                bytes(),
                found.segments().stream().map(DataReport::json).toList(),
                found.tornBytes(),
                found.damage().stream()
                        .map(damage -> new Damaged(
                                damage.file(), damage.at(), damage.bytes(), damage.after(), damage.through()))
                        .toList());
        out.println(new String(new Json(JSON_LEVELS).write(whole), StandardCharsets.UTF_8));
    }

    private static Segment json(SegmentFigures segment) {
        return segment.messages() == 0
                ? new Segment(segment.name(), segment.bytes(), 0, null, null, null, null)
                : new Segment(
                        segment.name(),
                        segment.bytes(),
                        segment.messages(),
                        segment.firstSequence(),
                        segment.lastSequence(),
                        segment.first().toString(),
                        segment.last().toString());
    }

    /** The current one; empty if it is not known. */
    private String epoch() {
        List<Epoch> epochs = found.epochs();
        return epochs.isEmpty() ? "" : epochs.get(epochs.size() - 1).name();
    }

    private List<EarlierEpoch> earlierEpochs() {
        return found.epochs().stream()
                .limit(Math.max(0, found.epochs().size() - 1))
                .map(epoch -> new EarlierEpoch(epoch.name(), epoch.last()))
                .toList();
    }

    private String earlier() {
        int count = earlierEpochs().size();
        return count == 0 ? "" : ", after " + counted(count, "earlier one");
    }

    private long newest() {
        return found.segments().stream()
                .mapToLong(SegmentFigures::lastSequence)
                .max()
                .orElse(0);
    }

    private long bytes() {
        return found.segments().stream().mapToLong(SegmentFigures::bytes).sum();
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String size(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= UNIT && unit < UNITS.size() - 1) {
            amount /= UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, UNITS.get(unit));
    }
}
