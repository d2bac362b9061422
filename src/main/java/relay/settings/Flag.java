package relay.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What there is to say about a flag of {@link Settings} beside its name and type, which are those of the record component. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Flag {
    /** The {@link #unit()} of a number of bytes, which is written {@code 4096}, {@code 64KiB} or {@code 1MiB}. */
    String SIZE = "SIZE";

    /** The text of {@code --help}, without a full stop. The default is added, unless the text has its own {@code (default: …)}. */
    String help();

    /** The default as one would write it; empty for an {@code Optional}, and for a {@code boolean}, which is false. */
    String defaultValue() default "";

    /** What {@code --help} calls the value; empty: the usual name for the type, such as {@code TIME}. */
    String unit() default "";

    /** The smallest value, as one would write it; empty: the smallest of the type. */
    String min() default "";

    /** The largest value, as one would write it; empty: the largest of the type. */
    String max() default "";

    /** Whether 0 is allowed although it is below {@link #min()}. */
    boolean orZero() default false;

    /** Bounds the default to a share of the heap: 8 for an eighth of it; 0: the default does not depend on the heap. */
    int heapShare() default 0;

    /** Whether the value is a secret: always masked, not in {@code --help}, and refused among the flags, which every user can see. */
    boolean secret() default false;
}
