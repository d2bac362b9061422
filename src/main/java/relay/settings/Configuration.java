package relay.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What is in force, and what set it. Immutable.
 *
 * @param settings within bounds
 * @param entries what each is set to, in the order of {@code --help}
 * @param warnings about what was given and sets nothing, or shows a secret
 */
public record Configuration(Settings settings, List<Setting> entries, List<String> warnings) {
    public Configuration {
        entries = List.copyOf(entries);
        warnings = List.copyOf(warnings);
    }

    /** A line for each setting: its key, its value, and what set it. Secrets are masked. */
    public List<String> lines() {
        String format = "%-" + width(Setting::key) + "s  %-" + width(Configuration::shown) + "s  %s";
        return entries.stream()
                .map(setting -> format.formatted(setting.key(), shown(setting), setting.origin()))
                .toList();
    }

    /** The keys of the settings whose values differ from those before, in the order of {@code --help}. */
    public List<String> changedSince(Configuration before) {
        List<String> changed = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (!entries.get(i).value().equals(before.entries.get(i).value())) {
                changed.add(entries.get(i).key());
            }
        }
        return changed;
    }

    private int width(Function<Setting, String> column) {
        return entries.stream().map(column).mapToInt(String::length).max().orElse(1);
    }

    private static String shown(Setting setting) {
        return FlagSpec.of(setting.key()).shown(setting);
    }
}
