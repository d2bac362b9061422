package relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import relay.access.NewToken;
import relay.access.TokenOptions;
import relay.access.TokenReport;
import relay.message.Characters;
import relay.message.InvalidInputException;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.schedule.Ticker;
import relay.settings.CommandFlags;

/** {@code java -jar relay.jar token}: makes a token, or says what is in one and what is wrong with it. For one thread. */
record TokenCommand(InputStream in, PrintStream out, PrintStream err, InstantSource clock) {
    private static final int GOOD = 0;
    private static final int NOT_GOOD = 1;
    private static final String STANDARD_INPUT = "-";

    /** More than any header, query or frame can have. */
    private static final int MOST_BYTES = 1 << 20;

    /** With the other headers of a browser it fits into the usual {@code --max-header-bytes}. */
    private static final int USUAL_CHARACTERS = 7000;

    /** Picocli fills them in. It does not find them in the order in which they stand here, so each has its place. */
    @Command(
            name = "token",
            sortOptions = false,
            customSynopsis = {
                "java -jar relay.jar token --user USER [--topics TOPICS] [--expires TIME] --secret-file FILE",
                "                         [--audience NAME] [--issuer NAME]",
                "   or: java -jar relay.jar token --check TOKEN [--secret-file FILE] [--jwks URL|FILE]",
                "                         [--audience NAME] [--issuer NAME] [--algorithms NAME]"
            },
            usageHelpWidth = 110,
            header = {
                "Prints a token for a relay with --jwt-secret-file, and nothing else; or, with --check, what is in a token and"
                        + " what a relay would find wrong with it."
            },
            footer = {
                "",
                "Exit status: 0; 1 if the token that is checked is not good, or nobody has checked its signature; 2 if a flag or a"
                        + " file that it names is wrong."
            })
    interface Options {
        @Option(
                names = "--user",
                order = 1,
                paramLabel = "USER",
                description = "Whose token it is: the user_id of the client.")
        Optional<String> user();

        @Option(
                names = "--topics",
                order = 2,
                paramLabel = "TOPICS",
                description =
                        "What the client may ask for: topics and patterns, with commas between (default: any topic).")
        Optional<String> topics();

        @Option(
                names = "--expires",
                order = 3,
                paramLabel = "TIME",
                description = "For how long it is good: 30s, 10m, 24h, to 8760h (default: 1h).")
        Optional<Duration> expires();

        @Option(
                names = "--secret-file",
                order = 4,
                paramLabel = "FILE",
                description = "The secret: the file of the relay's --jwt-secret-file.")
        Optional<Path> secretFile();

        @Option(
                names = "--audience",
                order = 5,
                paramLabel = "NAME",
                description = "Its aud; for --check, the relay's --jwt-audience (default: none).")
        Optional<String> audience();

        @Option(
                names = "--issuer",
                order = 6,
                paramLabel = "NAME",
                description = "Its iss; for --check, the relay's --jwt-issuer (default: none).")
        Optional<String> issuer();

        @Option(
                names = "--check",
                order = 7,
                paramLabel = "TOKEN",
                description =
                        "Check this token; - reads it from standard input, where other users of the machine cannot"
                                + " see it.")
        Optional<String> check();

        @Option(
                names = "--jwks",
                order = 8,
                paramLabel = "URL|FILE",
                description = "For --check: the keys, the relay's --jwt-jwks.")
        Optional<String> jwks();

        @Option(
                names = "--algorithms",
                order = 9,
                paramLabel = "NAME",
                description =
                        "For --check: the relay's --jwt-algorithms (default: " + TokenOptions.USUAL_ALGORITHMS + ").")
        Optional<String> algorithms();

        @Option(
                names = {"-h", "--help"},
                order = 10,
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help();
    }

    /**
     * Prints a token or what is in one, and returns the exit status.
     *
     * @throws ParameterException if a flag is wrong; its message is one line
     * @throws InvalidInputException if the secret or the keys cannot be read, or are none
     */
    int run(String... arguments) {
        CommandFlags<Options> flags = new CommandFlags<>(Options.class);
        return flags.read(out, arguments).map(options -> run(options, flags)).orElse(GOOD);
    }

    private int run(Options options, CommandFlags<Options> flags) {
        String wrong = options.check().isPresent() ? wrongForCheck(options) : wrongForMaking(options);
        if (!wrong.isEmpty()) {
            throw flags.wrong(wrong);
        }
        try {
            return options.check().map(token -> check(token, options)).orElseGet(() -> make(options));
        } catch (InvalidInputException e) {
            // Here the relay's flags are named without the prefix.
            throw new InvalidInputException(e.detail().replace("--jwt-", "--"));
        }
    }

    /** What is wrong with the flags; empty: nothing. */
    private static String wrongForMaking(Options options) {
        if (options.user().isEmpty()) {
            return "token takes --user, whose token it is to be, or --check and a token";
        }
        if (options.secretFile().isEmpty()) {
            return "token takes --secret-file: the file of the relay's --jwt-secret-file";
        }
        return options.jwks().isPresent() || options.algorithms().isPresent()
                ? "--jwks and --algorithms go with --check: a token is made with the secret, by HS256"
                : "";
    }

    private static String wrongForCheck(Options options) {
        return options.user().isPresent()
                        || options.topics().isPresent()
                        || options.expires().isPresent()
                ? "--check takes no --user, --topics or --expires: the token says them"
                : "";
    }

    private int make(Options options) {
        NewToken token = new NewToken(
                user(options.user().orElseThrow()),
                options.topics().map(TokenCommand::topics).orElse(List.of()),
                expires(options.expires().orElse(Duration.ofHours(1))),
                names("--audience", options.audience()),
                options.issuer().map(issuer -> notEmpty("--issuer", issuer)));
        String signed = token.sign(options.secretFile().orElseThrow(), clock);
        if (signed.length() > USUAL_CHARACTERS) {
            err.println("relay: the token has " + signed.length()
                    + " characters: a relay refuses headers beyond its --max-header-bytes, 8KiB if not set, with 431");
        }
        out.println(signed);
        return GOOD;
    }

    private static UserId user(String text) {
        try {
            return new UserId(text);
        } catch (InvalidInputException e) {
            throw new InvalidInputException("--user: " + e.detail());
        }
    }

    private static List<TopicPattern> topics(String text) {
        try {
            return Stream.of(text.split(",", -1))
                    .map(topic -> new TopicPattern(topic.strip()))
                    .toList();
        } catch (InvalidInputException e) {
            throw new InvalidInputException("--topics: " + e.detail());
        }
    }

    private static Duration expires(Duration life) {
        if (life.toSeconds() < 1) {
            throw new InvalidInputException("--expires takes at least 1s: a relay refuses a token that has expired");
        }
        return life;
    }

    private static String notEmpty(String flag, String text) {
        if (text.isBlank()) {
            throw new InvalidInputException(flag + " has no value: give it one, or leave it out");
        }
        return text;
    }

    private static List<String> names(String flag, Optional<String> list) {
        return list.map(text -> TokenOptions.names(notEmpty(flag, text))).orElse(List.of());
    }

    private int check(String given, Options options) {
        String token = given.equals(STANDARD_INPUT) ? read() : given.strip();
        TokenReport report = TokenReport.of(
                token,
                new TokenOptions(
                        options.jwks(),
                        options.secretFile(),
                        options.issuer().map(issuer -> notEmpty("--issuer", issuer)),
                        names("--audience", options.audience()),
                        TokenOptions.names(options.algorithms().orElse(TokenOptions.USUAL_ALGORITHMS))),
                Ticker.system(),
                clock);
        for (Map.Entry<String, String> line : report.contents().entrySet()) {
            out.printf("%-10s  %s%n", line.getKey(), line.getValue());
        }
        report.problems().forEach(problem -> out.println("wrong: " + Characters.oneLine(problem)));
        if (!report.problems().isEmpty()) {
            return NOT_GOOD;
        }
        out.println(
                "Good: a relay with this " + (options.secretFile().isPresent() ? "secret" : "key set") + " takes it.");
        return GOOD;
    }

    private String read() {
        try {
            return new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new InvalidInputException("standard input cannot be read: " + Characters.oneLine(e));
        }
    }
}
