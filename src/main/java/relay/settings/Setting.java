package relay.settings;

/**
 * What one key is set to, and where. Immutable.
 *
 * @param key the flag without its dashes: {@code ping-interval}
 * @param value as it was written, or the default
 * @param origin where it was set: {@code flag}, {@code RELAY_PING_INTERVAL}, {@code relay.properties:3} or {@code default}
 * @param name what an error calls it, so that one finds the place: the flag, the variable, or file, line and key
 */
public record Setting(String key, String value, String origin, String name) {
    private static final String DEFAULT = "default";

    /** Whether it sets nothing: an empty variable or line counts as absent. */
    boolean isBlank() {
        return value.isBlank();
    }

    /** Whether nobody has set it. */
    boolean isDefault() {
        return origin.equals(DEFAULT);
    }

    static Setting ofFlag(String key, String value) {
        return new Setting(key, value, "flag", "--" + key);
    }

    static Setting ofDefault(String key, String value) {
        return new Setting(key, value, DEFAULT, "--" + key);
    }

    static Setting ofVariable(String key, String variable, String value) {
        return new Setting(key, value, variable, variable);
    }

    static Setting ofLine(String key, String fileAndLine, String value) {
        return new Setting(key, value, fileAndLine, fileAndLine + ": " + key);
    }
}
