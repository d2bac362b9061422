package relay.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;
import relay.message.InvalidInputException;
import relay.message.UserInfo;

/**
 * Reads the {@link Settings}. A flag overrides its variable, a variable overrides its line in the file that {@code --config}
 * names, and that overrides the default. For one thread.
 *
 * <p>Picocli finds the flags among the arguments and writes {@code --help}. It does not convert their values: so a value means
 * the same, to the letter, wherever it is set, and an error names the place.
 */
public final class SettingsReader {
    private static final String CONFIG = "config";
    private static final List<String> KEYS =
            FlagSpec.ALL.stream().map(FlagSpec::key).toList();

    private final Map<String, String> environment;
    private final long heapBytes;
    private final CommandLine flags = new CommandLine(command())
            .registerConverter(boolean.class, Values::onOrOff)
            .setOverwrittenOptionsAllowed(false)
            .setExpandAtFiles(false);

    /** @param environment the variables of the process */
    public SettingsReader(Map<String, String> environment) {
        this(environment, Runtime.getRuntime().maxMemory());
    }

    SettingsReader(Map<String, String> environment, long heapBytes) {
        this.environment = Map.copyOf(environment);
        this.heapBytes = heapBytes;
    }

    private static CommandSpec command() {
        CommandSpec command = CommandSpec.create()
                .name("relay")
                .mixinStandardHelpOptions(true)
                .versionProvider(SettingsReader::version);
        FlagSpec.ALL.forEach(flag -> command.addOption(flag.option()));
        // Quotes mean nothing in a list either.
        command.parser().splitQuotedStrings(true);
        command.usageMessage()
                .sortOptions(false)
                .width(110)
                .customSynopsis("java -jar relay.jar [flags]")
                .header("A WebSocket message relay: POST /register, POST /publish, GET /ws/{id}.")
                .footer(
                        "",
                        "Durations: 500ms, 25s, 10m, 1h, to 8760h (a year). Sizes: 4096, 64KiB, 1MiB.",
                        "Each flag is also an environment variable: --ping-interval is RELAY_PING_INTERVAL.",
                        "A flag overrides its variable, and that the file of --config.",
                        "",
                        "java -jar relay.jar config [flags] prints the settings in force, and what set each.",
                        "java -jar relay.jar health [flags] asks the relay that runs with them whether it is ready: exit status 0 or 1.",
                        "java -jar relay.jar data DIR prints what is in a directory of --data: data --help says more.",
                        "java -jar relay.jar token makes a token for --jwt-secret-file, or checks one: token --help lists its flags.",
                        "java -jar relay.jar hook receives the events of --hook, to try them out: hook --help lists its flags.",
                        "java -jar relay.jar bench puts load on a relay: bench --help lists its flags.",
                        "java -jar relay.jar train makes a cache for a faster start, of JDK 25: train --help says how.");
        return command;
    }

    private static String[] version() {
        String version = SettingsReader.class.getPackage().getImplementationVersion();
        return new String[] {"relay " + (version == null ? "(not from its jar)" : version)};
    }

    /**
     * The settings and what set them, or empty where {@code --help} or {@code --version} was asked for and has been printed.
     *
     * @throws ParameterException if a flag, a variable or a line of the file is wrong; its message is one line
     */
    public Optional<Configuration> read(String... arguments) {
        try {
            ParseResult given = flags.parseArgs(arguments);
            return CommandLine.printHelpIfRequested(given) ? Optional.empty() : Optional.of(read(given));
        } catch (UnmatchedArgumentException e) {
            throw new ParameterException(flags, unmatched(e.getUnmatched().get(0)));
        } catch (InvalidInputException e) {
            throw new ParameterException(flags, e.detail());
        } catch (ParameterException e) {
            // Only switches are converted by picocli, whose message would not begin with the name.
            throw e.getCause() instanceof TypeConversionException wrong && e.getArgSpec() instanceof OptionSpec flag
                    ? new ParameterException(flags, flag.longestName() + ": " + wrong.getMessage())
                    : e;
        }
    }

    private Configuration read(ParseResult arguments) {
        Map<String, Setting> set = given(arguments);
        Variables variables = Variables.of(environment, KEYS);
        List<String> warnings = new ArrayList<>(variables.warnings());
        notBlank(variables.settings(), warnings).forEach(set::putIfAbsent);
        Setting file = set.get(CONFIG);
        if (file != null) {
            notBlank(linesOf(file, warnings), warnings).forEach(set::putIfAbsent);
        }
        List<Setting> all = FlagSpec.ALL.stream()
                .map(flag -> set.getOrDefault(flag.key(), flag.ownDefault(heapBytes)))
                .toList();
        all.forEach(SettingsReader::refuseWhatWasNotReadable);
        Settings settings = made(all.stream()
                .map(setting -> FlagSpec.of(setting.key()).value(setting))
                .toArray());
        SettingsRules.check(settings, all.stream().collect(Collectors.toMap(Setting::key, setting -> setting)));
        return new Configuration(settings, all, warnings);
    }

    /** What the flags set. They hold no secret, since every user of the machine can see them. An empty one is a mistake; an empty variable is not. */
    private static Map<String, Setting> given(ParseResult arguments) {
        Map<String, Setting> given = new HashMap<>();
        for (OptionSpec option : arguments.matchedOptions()) {
            FlagSpec flag = FlagSpec.of(option.longestName().substring(2));
            List<String> values = option.originalStringValues();
            if (flag.isSecret()) {
                throw new InvalidInputException("everybody on this machine can see the flags: set "
                        + Variables.name(flag.key()) + ", or --" + flag.key() + "-file");
            }
            if (values.stream().anyMatch(flag::hasPassword)) {
                throw new InvalidInputException("everybody on this machine can see the flags, and " + flag.name()
                        + " has a password: set " + Variables.name(flag.key()) + ", or " + flag.key()
                        + " in the file of --config");
            }
            if (values.contains("")) {
                throw new InvalidInputException(flag.name() + " has no value: give it one, or leave it out");
            }
            given.put(flag.key(), Setting.ofFlag(flag.key(), String.join(",", values)));
        }
        return given;
    }

    /**
     * The settings that are not empty. In compose files and charts a variable or a line often cannot be left out, only left
     * empty. For API keys that is worth a warning.
     */
    private static Map<String, Setting> notBlank(Map<String, Setting> settings, List<String> warnings) {
        Map<String, Setting> result = new HashMap<>(settings);
        for (Setting setting : settings.values()) {
            if (setting.isBlank()) {
                result.remove(setting.key());
                if (FlagSpec.of(setting.key()).isSecret()) {
                    warnings.add(setting.name() + " is empty: it sets no key");
                }
            }
        }
        return result;
    }

    private static Map<String, Setting> linesOf(Setting named, List<String> warnings) {
        Path file;
        try {
            file = Values.file(named.value());
        } catch (TypeConversionException e) {
            throw new InvalidInputException(named.name() + ": " + e.getMessage());
        }
        Map<String, Setting> lines = SettingsFile.read(named.name(), file, KEYS);
        if (SettingsFile.showsSecrets(file, lines)) {
            warnings.add(file + " holds secrets and everybody on this machine may read it: chmod o-r it");
        }
        return lines;
    }

    /** Java reads flags and variables in the encoding of the locale, and replaces each character that it cannot read. */
    private static void refuseWhatWasNotReadable(Setting setting) {
        if (setting.value().contains("\ufffd")) {
            throw new InvalidInputException(
                    setting.name() + " has characters that cannot be read in this locale: write it"
                            + " in ASCII, or set LC_ALL=C.UTF-8 in the environment");
        }
    }

    private static Settings made(Object... values) {
        try {
            Class<?>[] types = FlagSpec.ALL.stream().map(FlagSpec::container).toArray(Class<?>[]::new);
            return Settings.class.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String unmatched(String argument) {
        if (!argument.startsWith("-")) {
            return "'" + UserInfo.masked(argument)
                    + "' is no flag: flags begin with --, and a command, bench, config, data, health, hook, token or train, comes first";
        }
        String flag = argument.replaceFirst("=.*", "");
        return "there is no flag " + flag + ": did you mean "
                + NearestName.to(flag, FlagSpec.ALL.stream().map(FlagSpec::name).toList()) + "?";
    }
}
