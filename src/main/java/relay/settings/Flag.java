package relay.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** All there is to say of a flag beside its name and its type, which are those of the record's component. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Flag {
    /** The unit of a number of bytes: one may write {@code 4096}, {@code 64KiB} or {@code 1MiB}. */
    String SIZE = "SIZE";

    /** What {@code --help} says of it, without the full stop; the default is added unless the text has it: {@code (default: …)}. */
    String help();

    /** As one would write it; empty for what may be absent, and for a switch, which is off. */
    String defaultValue() default "";

    /** What {@code --help} calls its value; empty: what its type is called there. */
    String unit() default "";

    /** The least that it takes, as one would write it; empty: whatever the type takes. */
    String min() default "";

    /** The most that it takes, as one would write it; empty: whatever the type takes. */
    String max() default "";

    /** Whether it takes 0 too, which is below {@link #min()}. */
    boolean orZero() default false;

    /** The default is at most the heap's size divided by this: 8 for an eighth of it; 0: however small the heap is. */
    int heapShare() default 0;

    /** Whether nobody may see its value: it is masked, and given by a variable or a file only. */
    boolean secret() default false;
}
