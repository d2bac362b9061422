package relay.settings;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.event.Level;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;
import relay.engine.disk.DiskOptions;
import relay.engine.redis.EngineUrl;
import relay.message.InvalidInputException;
import relay.message.UserInfo;
import relay.net.proxy.TrustedProxies;

/**
 * One component of {@link Settings} as a flag: what it is called, and how its value is read, checked and shown. Immutable.
 *
 * @param key its name without dashes: {@code ping-interval}
 * @param container the type of the component
 * @param type the type of one value: what the container is, or holds if it is an {@link Optional} or a {@link List}
 * @param flag its default, bounds and help
 */
record FlagSpec(String key, Class<?> container, Class<?> type, Flag flag) {
    /** All of them, in the order of {@code --help}. */
    static final List<FlagSpec> ALL =
            Stream.of(Settings.class.getRecordComponents()).map(FlagSpec::of).toList();

    private static final Map<String, FlagSpec> BY_KEY =
            ALL.stream().collect(Collectors.toUnmodifiableMap(FlagSpec::key, flag -> flag));

    private static final String MASK = "********";
    private static final String SEPARATOR = " *, *";

    /** What {@code --help} calls the values of a type, and how they are read. */
    private record Syntax(String unit, ITypeConverter<?> converter) {}

    private static final Map<Class<?>, Syntax> BY_TYPE = Map.of(
            String.class, new Syntax("TEXT", text -> text),
            boolean.class, new Syntax("", Values::onOrOff),
            int.class, new Syntax("COUNT", Values::wholeNumber),
            Duration.class, new Syntax("TIME", Values::time),
            Path.class, new Syntax("FILE", Values::file),
            URI.class, new Syntax("URL", Values::url),
            Level.class, new Syntax("LEVEL", Values::level),
            DiskOptions.Sync.class, new Syntax("WHEN", Values::sync),
            EngineUrl.class, new Syntax("URL", EngineUrl::parse),
            TrustedProxies.class, new Syntax("ADDRESSES", TrustedProxies::of));

    private static final Map<Class<?>, Syntax> SIZES = Map.of(
            int.class, new Syntax(Flag.SIZE, Values::size), long.class, new Syntax(Flag.SIZE, Values::memorySize));

    private static FlagSpec of(RecordComponent component) {
        Class<?> type = component.getType();
        if (component.getGenericType() instanceof ParameterizedType generic) {
            type = (Class<?>) generic.getActualTypeArguments()[0];
        }
        String key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        return new FlagSpec(key, component.getType(), type, component.getAnnotation(Flag.class));
    }

    /** The flag of a key that there is. */
    static FlagSpec of(String key) {
        return Objects.requireNonNull(BY_KEY.get(key), key);
    }

    /** As it is written on the command line: {@code --ping-interval}. */
    String name() {
        return "--" + key;
    }

    boolean isSecret() {
        return flag.secret();
    }

    /** How picocli finds it among the arguments and lists it in {@code --help}. Picocli converts nothing but switches. */
    OptionSpec option() {
        OptionSpec.Builder option = OptionSpec.builder(name())
                .hidden(flag.secret())
                .paramLabel(flag.unit().isEmpty() ? syntax().unit() : flag.unit())
                .description(description());
        if (container == List.class) {
            return option.type(List.class)
                    .auxiliaryTypes(String.class)
                    .splitRegex(SEPARATOR)
                    .splitRegexSynopsisLabel(",")
                    .build();
        }
        return option.type(type == boolean.class ? boolean.class : String.class).build();
    }

    private String description() {
        String none = type == boolean.class ? "false" : "none";
        String added = " (default: " + (flag.defaultValue().isEmpty() ? none : flag.defaultValue()) + ")";
        return flag.help() + (flag.help().contains("(default: ") ? "." : added + ".");
    }

    /** Its default on a heap of this size. */
    Setting ownDefault(long heapBytes) {
        String value = type == boolean.class ? "false" : flag.defaultValue();
        if (flag.heapShare() > 0 && heapBytes / flag.heapShare() < Values.memorySize(value)) {
            value = String.valueOf(heapBytes / flag.heapShare());
        }
        return Setting.ofDefault(key, value);
    }

    /**
     * The value of the component.
     *
     * @throws InvalidInputException if the text is not a value of the type, or is out of bounds
     */
    Object value(Setting setting) {
        String text = setting.value();
        if (container == List.class) {
            return List.of(text.split(SEPARATOR));
        }
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Object value;
        try {
            value = convert(text);
        } catch (TypeConversionException | InvalidInputException e) {
            throw new InvalidInputException(setting.name() + ": " + e.getMessage());
        }
        if (!isWithinBounds(value)) {
            throw new InvalidInputException(setting.name() + " takes " + bounds() + ", not " + text);
        }
        return container == Optional.class ? Optional.of(value) : value;
    }

    private Object convert(String text) {
        try {
            return syntax().converter().convert(text);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Syntax syntax() {
        return Objects.requireNonNull((flag.unit().equals(Flag.SIZE) ? SIZES : BY_TYPE).get(type));
    }

    private boolean isWithinBounds(Object value) {
        return (flag.orZero() && amount(value) == 0)
                || ((flag.min().isEmpty() || amount(value) >= amount(convert(flag.min())))
                        && (flag.max().isEmpty() || amount(value) <= amount(convert(flag.max()))));
    }

    private static long amount(Object value) {
        return value instanceof Duration time ? time.toMillis() : ((Number) value).longValue();
    }

    private String bounds() {
        String range = flag.min() + " to " + flag.max();
        if (flag.max().isEmpty()) {
            range = "at least " + flag.min();
        } else if (flag.min().isEmpty()) {
            range = "at most " + flag.max();
        }
        return flag.orZero() ? "0, or " + range : range;
    }

    /** Whether a value has a password in it, which the flags must not show. */
    boolean hasPassword(String value) {
        return type == EngineUrl.class ? EngineUrl.hasSecret(value) : UserInfo.isIn(value);
    }

    /** The text of a setting with secrets masked; {@code -} if it is empty. */
    String shown(Setting setting) {
        if (setting.value().isEmpty()) {
            return "-";
        }
        if (flag.secret()) {
            return MASK;
        }
        return type == EngineUrl.class ? String.valueOf(convert(setting.value())) : UserInfo.masked(setting.value());
    }
}
