package relay.json;

import java.nio.charset.StandardCharsets;

/**
 * Writes a time as {@code 2026-11-26T10:00:00.123Z}: in UTC, with milliseconds, always {@value #LENGTH} characters (RFC 3339). Each
 * envelope has one, so it is made without a formatter. Stateless, for any thread.
 */
public final class TimestampText {
    /** How many characters it has. */
    static final int LENGTH = 24;

    /** The last millisecond of the year 9999: a later one would need a longer text. */
    private static final long LATEST_MILLIS = 253_402_300_799_999L;

    private static final int MILLIS_PER_SECOND = 1000;
    private static final int SECONDS_PER_MINUTE = 60;
    private static final int MINUTES_PER_HOUR = 60;
    private static final int HOURS_PER_DAY = 24;
    private static final int MILLIS_PER_DAY = HOURS_PER_DAY * MINUTES_PER_HOUR * SECONDS_PER_MINUTE * MILLIS_PER_SECOND;

    /** From the first of March of the year 0, with which the years below begin, to 1970. */
    private static final int DAYS_TO_1970 = 719_468;

    private static final int YEARS_PER_ERA = 400;
    private static final int DAYS_PER_ERA = 146_097;
    private static final int DAYS_PER_CENTURY = 36_524;
    private static final int DAYS_PER_FOUR_YEARS = 1_461;
    private static final int DAYS_PER_YEAR = 365;

    private TimestampText() {}

    /**
     * The text of a time.
     *
     * @param millis since 1970; before that, and after the year 9999, it writes the nearest time that it can
     */
    public static String of(long millis) {
        long within = Math.max(0, Math.min(millis, LATEST_MILLIS));
        byte[] text = new byte[LENGTH];
        putDate((int) (within / MILLIS_PER_DAY), text);
        putTime((int) (within % MILLIS_PER_DAY), text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    /**
     * The date in the calendar that ISO 8601 has. Years are taken to begin in March, so that a leap day is the last day of one; and
     * the calendar repeats itself after an era of 400 years.
     */
    private static void putDate(int daysSince1970, byte[] text) {
        int days = daysSince1970 + DAYS_TO_1970;
        int dayOfEra = days % DAYS_PER_ERA;
        int leapDays =
                dayOfEra / (DAYS_PER_FOUR_YEARS - 1) - dayOfEra / DAYS_PER_CENTURY + dayOfEra / (DAYS_PER_ERA - 1);
        int yearOfEra = (dayOfEra - leapDays) / DAYS_PER_YEAR;
        int dayOfYear = dayOfEra - (DAYS_PER_YEAR * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        // March to July and August to December have 153 days each: so many in five months, evenly enough for whole
        // numbers.
        int month = (5 * dayOfYear + 2) / 153;
        int day = dayOfYear - (153 * month + 2) / 5 + 1;
        boolean nextYear = month >= 10;
        int year = days / DAYS_PER_ERA * YEARS_PER_ERA + yearOfEra + (nextYear ? 1 : 0);
        put(year, 4, text, 0);
        text[4] = '-';
        put(nextYear ? month - 9 : month + 3, 2, text, 5);
        text[7] = '-';
        put(day, 2, text, 8);
    }

    private static void putTime(int millisOfDay, byte[] text) {
        int seconds = millisOfDay / MILLIS_PER_SECOND;
        int minutes = seconds / SECONDS_PER_MINUTE;
        text[10] = 'T';
        put(minutes / MINUTES_PER_HOUR, 2, text, 11);
        text[13] = ':';
        put(minutes % MINUTES_PER_HOUR, 2, text, 14);
        text[16] = ':';
        put(seconds % SECONDS_PER_MINUTE, 2, text, 17);
        text[19] = '.';
        put(millisOfDay % MILLIS_PER_SECOND, 3, text, 20);
        text[LENGTH - 1] = 'Z';
    }

    /** Writes so many decimal digits at a place. */
    private static void put(int number, int digits, byte[] text, int at) {
        int rest = number;
        for (int i = at + digits - 1; i >= at; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
