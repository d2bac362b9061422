package relay;

import java.util.List;
import relay.config.Setting;
import relay.engine.redis.EngineUrl;
import relay.message.UserInfo;

/**
 * What is in force, and what set it. Immutable.
 *
 * @param options within bounds
 * @param settings all of them, in the order of {@code --help}
 * @param warnings what was given and sets nothing
 */
record Configuration(RelayOptions options, List<Setting> settings, List<String> warnings) {
    private static final String API_KEYS = "api-keys";
    private static final String ENGINE = "engine";
    private static final String MASK = "********";

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
        return switch (setting.key()) {
            case API_KEYS -> MASK;
            case ENGINE -> EngineUrl.parse(setting.value()).toString();
            default -> UserInfo.masked(setting.value());
        };
    }

    private static int width(List<String> texts) {
        return texts.stream().mapToInt(String::length).max().orElse(1);
    }
}
