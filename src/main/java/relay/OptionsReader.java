package relay;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;
import relay.config.NearestName;
import relay.config.Setting;
import relay.config.SettingsFile;
import relay.config.Variables;
import relay.engine.redis.EngineUrl;
import relay.message.InvalidInputException;
import relay.message.UserInfo;
import relay.net.proxy.TrustedProxies;

/**
 * Reads the flags, and for those that are not given the environment, then the file that {@code --config} names. Used by one
 * thread.
 */
final class OptionsReader {
    private static final String CONFIG = "config";
    private static final String API_KEYS = "--api-keys";

    /** What picocli puts before the reason for which a value is wrong: it knows flags only. */
    private static final Pattern WRONG_VALUE =
            Pattern.compile("Invalid value for option '--[a-z-]+'( at index \\d+)?( \\([^)]*\\))?: ");

    /** What holds messages takes an eighth of a small heap at most, unless somebody says it: together they fit into it. */
    private static final List<String> SHARES_OF_HEAP = List.of("publish-queue-bytes", "history-bytes");

    private static final int SHARE = 8;

    private static final PathConverter PATHS = new PathConverter();

    private final Map<String, String> environment;
    private final long heapBytes;
    private final CommandLine flags = commandLine();

    /** What is set, by key. */
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    OptionsReader(Map<String, String> environment) {
        this(environment, Runtime.getRuntime().maxMemory());
    }

    OptionsReader(Map<String, String> environment, long heapBytes) {
        this.environment = Map.copyOf(environment);
        this.heapBytes = heapBytes;
    }

    private static CommandLine commandLine() {
        CommandLine made = new CommandLine(RelayOptions.class)
                .registerConverter(int.class, OptionsReader::wholeNumber)
                .registerConverter(URI.class, OptionsReader::url)
                .registerConverter(Path.class, PATHS)
                .registerConverter(Duration.class, new DurationConverter())
                .registerConverter(ByteSize.class, new ByteSize.Converter())
                .registerConverter(MemorySize.class, new MemorySize.Converter())
                .registerConverter(EngineUrl.class, OptionsReader::engineUrl)
                .registerConverter(TrustedProxies.class, OptionsReader::trustedProxies)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOverwrittenOptionsAllowed(false)
                .setExpandAtFiles(false);
        // Without respect for quotes: none are taken off either.
        made.getCommandSpec().parser().splitQuotedStrings(true);
        return made;
    }

    /**
     * The options and what set them, or empty where {@code --help} or {@code --version} was asked for and has been printed.
     *
     * @throws ParameterException if a flag, a variable or a line of the file is wrong; its message is one line
     */
    Optional<Configuration> configuration(String... arguments) {
        parse(arguments);
        if (CommandLine.printHelpIfRequested(flags.getParseResult())) {
            return Optional.empty();
        }
        refuseSecretsInFlags();
        refuseEmptyFlags();
        List<OptionSpec> known = known();
        List<String> keys = known.stream().map(OptionsReader::key).toList();
        Variables variables = Variables.of(environment, keys);
        List<String> warnings = new ArrayList<>(variables.warnings());
        Map<String, Setting> defaults = new HashMap<>(sharesOfHeap(known));
        Map<String, Setting> set = notBlank(variables.settings(), warnings);
        defaults.putAll(notBlank(file(set, keys, warnings), warnings));
        defaults.putAll(set);
        known.forEach(option -> settings.put(key(option), setting(option, defaults)));
        refuseWhatWasNotReadable();
        parse(withWhatIsSetElsewhere(arguments));
        RelayOptions options = flags.getCommand();
        new OptionsCheck(this::name, this::wrong).check(options);
        return Optional.of(new Configuration(options, List.copyOf(settings.values()), warnings));
    }

    private void refuseSecretsInFlags() {
        CommandLine.ParseResult given = flags.getParseResult();
        if (given.hasMatchedOption(API_KEYS)) {
            throw wrong("everybody on this machine can see the flags: set RELAY_API_KEYS, or --api-keys-file");
        }
        for (OptionSpec option : given.matchedOptions()) {
            if (option.originalStringValues().stream().anyMatch(UserInfo::isIn)) {
                throw wrong("everybody on this machine can see the flags, and " + option.longestName()
                        + " has a password: set " + Variables.name(key(option)) + ", or " + key(option)
                        + " in the file of --config");
            }
        }
    }

    /** A variable or a line that is empty sets nothing; whoever writes a flag means something. */
    private void refuseEmptyFlags() {
        for (OptionSpec option : flags.getParseResult().matchedOptions()) {
            if (option.originalStringValues().contains("")) {
                throw wrong(option.longestName() + " has no value: give it one, or leave it out");
            }
        }
    }

    /** Java reads flags and variables in the characters of the locale, and puts a sign for each that it does not know. */
    private void refuseWhatWasNotReadable() {
        for (Setting setting : settings.values()) {
            if (setting.value().contains("\ufffd")) {
                throw wrong(
                        setting.name() + " has characters that cannot be read in this locale: write it in ASCII, or set"
                                + " LC_ALL=C.UTF-8 in the environment");
            }
        }
    }

    private List<OptionSpec> known() {
        return flags.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .sorted(Comparator.comparingInt(OptionSpec::order))
                .toList();
    }

    private static String key(OptionSpec option) {
        return option.longestName().substring(2);
    }

    /**
     * Those that say something. Whoever cannot leave a variable or a line out, as in compose files and charts, leaves it empty;
     * but whoever meant to give keys is told that there are none.
     */
    private static Map<String, Setting> notBlank(Map<String, Setting> settings, List<String> warnings) {
        Map<String, Setting> result = new HashMap<>(settings);
        result.values().removeIf(Setting::isBlank);
        settings.values().stream()
                .filter(setting -> setting.isBlank() && API_KEYS.equals("--" + setting.key()))
                .forEach(setting -> warnings.add(setting.name() + " is empty: it sets no key"));
        return result;
    }

    private Map<String, Setting> file(Map<String, Setting> variables, List<String> keys, List<String> warnings) {
        String flag = flags.getParseResult()
                .matchedOptionValue("--" + CONFIG, Optional.<Path>empty())
                .map(Path::toString)
                .orElse("");
        Setting named = flag.isEmpty()
                ? variables.getOrDefault(CONFIG, Setting.ofDefault(CONFIG, ""))
                : Setting.ofFlag(CONFIG, flag);
        if (named.value().isEmpty()) {
            return Map.of();
        }
        try {
            Path file = PATHS.convert(named.value());
            Map<String, Setting> read = SettingsFile.read(named.name(), file, keys);
            if (SettingsFile.showsSecrets(file, read)) {
                warnings.add(file + " holds secrets and everybody on this machine may read it: chmod o-r it");
            }
            return read;
        } catch (TypeConversionException e) {
            throw wrong(named.name() + ": " + e.getMessage());
        } catch (InvalidInputException e) {
            throw wrong(e.detail());
        }
    }

    private Setting setting(OptionSpec option, Map<String, Setting> defaults) {
        String key = key(option);
        OptionSpec given = flags.getParseResult().matchedOption(option.longestName());
        if (given != null) {
            return Setting.ofFlag(key, String.join(",", given.originalStringValues()));
        }
        String ownDefault =
                Objects.requireNonNullElse(option.defaultValue(), option.arity().max() == 0 ? "false" : "");
        return defaults.getOrDefault(key, Setting.ofDefault(key, ownDefault));
    }

    private Map<String, Setting> sharesOfHeap(List<OptionSpec> known) {
        long share = heapBytes / SHARE;
        return known.stream()
                .filter(option -> SHARES_OF_HEAP.contains(key(option)))
                .filter(option -> share < ByteSize.bytes(option.defaultValue()))
                .collect(Collectors.toMap(
                        OptionsReader::key, option -> Setting.ofDefault(key(option), String.valueOf(share))));
    }

    /**
     * The flags, and what was set elsewhere written as flags: so it means the same to the letter. As a default of picocli's it
     * would have {@code ${…}} in it replaced.
     */
    private String[] withWhatIsSetElsewhere(String... arguments) {
        CommandLine.ParseResult given = flags.getParseResult();
        return Stream.concat(
                        settings.values().stream()
                                .filter(setting -> !setting.value().isEmpty())
                                .map(setting -> "--" + setting.key() + "=" + setting.value())
                                .filter(flag -> !given.hasMatchedOption(flag.substring(0, flag.indexOf('=')))),
                        Stream.of(arguments))
                .toArray(String[]::new);
    }

    private void parse(String... arguments) {
        try {
            flags.parseArgs(arguments);
        } catch (UnmatchedArgumentException e) {
            throw wrong(unmatched(e.getUnmatched().get(0)));
        } catch (ParameterException e) {
            String message = String.valueOf(e.getMessage());
            throw e.getArgSpec() instanceof OptionSpec option
                            && WRONG_VALUE.matcher(message).lookingAt()
                    ? wrong(name(key(option)) + ": "
                            + WRONG_VALUE.matcher(message).replaceFirst(""))
                    : e;
        }
    }

    private String unmatched(String argument) {
        if (!argument.startsWith("-")) {
            return "'" + UserInfo.masked(argument)
                    + "' is no flag: flags begin with --, and a command, bench, config or health, comes first";
        }
        String flag = argument.replaceFirst("=.*", "");
        return "there is no flag " + flag + ": did you mean "
                + NearestName.to(
                        flag, known().stream().map(OptionSpec::longestName).toList()) + "?";
    }

    /** What to call a setting that is wrong: the flag, the variable, or the line. */
    private String name(String key) {
        return settings.getOrDefault(key, Setting.ofFlag(key, "")).name();
    }

    private static Integer wholeNumber(String value) {
        try {
            return Integer.valueOf(value);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + value + "' is not a whole number, 2147483647 at most");
        }
    }

    private static URI url(String value) {
        try {
            return new URI(value);
        } catch (URISyntaxException e) {
            throw new TypeConversionException(
                    "'" + UserInfo.masked(value) + "' is not a URL such as https://example.com/relay");
        }
    }

    private static EngineUrl engineUrl(String value) {
        try {
            return EngineUrl.parse(value);
        } catch (InvalidInputException e) {
            throw new TypeConversionException(e.detail());
        }
    }

    private static TrustedProxies trustedProxies(String value) {
        try {
            return TrustedProxies.of(value);
        } catch (InvalidInputException e) {
            throw new TypeConversionException(e.detail());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(flags, message);
    }
}
