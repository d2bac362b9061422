package relay;

import java.util.List;
import java.util.regex.Pattern;
import relay.config.Setting;

/**
 * What is in force, and what set it. Immutable.
 *
 * @param options within bounds
 * @param settings all of them, in the order of {@code --help}
 * @param warnings what was given and sets nothing
 */
record Configuration(RelayOptions options, List<Setting> settings, List<String> warnings) {
    private static final String API_KEYS = "api-keys";
    private static final String MASK = "********";

    /** A user's name and password in a URL. */
    private static final Pattern CREDENTIALS = Pattern.compile("(?<=://)[^/@]+(?=@)");

    Configuration {
        settings = List.copyOf(settings);
        warnings = List.copyOf(warnings);
    }

    /** A line for each setting: its key, its value, and what set it. Secrets are masked. */
    List<String> lines() {
        int keyWidth = width(settings.stream().map(Setting::key).toList());
        int valueWidth = width(settings.stream().map(Configuration::shown).toList());
        String format = "%-" + keyWidth + "s  %-" + valueWidth + "s  %s";
        return settings.stream()
                .map(setting -> format.formatted(setting.key(), shown(setting), setting.origin()))
                .toList();
    }

    private static String shown(Setting setting) {
        if (setting.value().isEmpty()) {
            return "-";
        }
        return setting.key().equals(API_KEYS)
                ? MASK
                : CREDENTIALS.matcher(setting.value()).replaceAll(MASK);
    }

    private static int width(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(1);
    }
}
