package relay.testing;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * All objects that can be reached from one by fields, and what they hold at this moment. Of the platform's objects it knows those that
 * hold others or a number, and takes them by what they hold. It sees no locks: a lock that is free again looks as before.
 */
public final class Reachable {
    private final IdentityHashMap<Object, List<Object>> held = new IdentityHashMap<>();

    private Reachable() {}

    /**
     * What can be reached from this object now.
     *
     * @param ends objects of these classes are reached, but what they hold is not on their account
     */
    public static Reachable from(Object root, Set<Class<?>> ends) throws IllegalAccessException {
        Reachable reachable = new Reachable();
        Deque<Object> rest = new ArrayDeque<>(List.of(root));
        while (!rest.isEmpty()) {
            Object next = rest.remove();
            if (!isValue(next) && !reachable.held.containsKey(next)) {
                List<Object> contents = contents(next);
                reachable.held.put(next, contents);
                if (!ends.contains(next.getClass())) {
                    contents.stream()
                            .filter(one -> one != null && !isValue(one))
                            .forEach(rest::add);
                }
            }
        }
        return reachable;
    }

    /** The objects that can be reached from the other too. */
    public List<Object> sharedWith(Reachable other) {
        return held.keySet().stream().filter(other.held::containsKey).toList();
    }

    /** The classes of those of these objects that hold something else than they did before. */
    public List<String> changedSince(Reachable before, List<Object> objects) {
        return objects.stream()
                .filter(one -> !sameContents(contentsOf(one), before.contentsOf(one)))
                .map(one -> one.getClass().getName())
                .toList();
    }

    private List<Object> contentsOf(Object one) {
        return held.getOrDefault(one, List.of());
    }

    private static boolean sameContents(List<Object> now, List<Object> before) {
        boolean same = now.size() == before.size();
        for (int i = 0; same && i < now.size(); i++) {
            Object one = now.get(i);
            same = one == before.get(i) || (one != null && isValue(one) && one.equals(before.get(i)));
        }
        return same;
    }

    private static boolean isValue(Object one) {
        return (one instanceof Number && !one.getClass().getName().contains("atomic"))
                || one instanceof String
                || one instanceof Boolean
                || one instanceof Character
                || one instanceof Enum
                || one instanceof Class
                || one instanceof Thread;
    }

    private static List<Object> contents(Object one) throws IllegalAccessException {
        if (one.getClass().isArray()) {
            List<Object> elements = new ArrayList<>();
            for (int i = 0; i < Array.getLength(one); i++) {
                elements.add(Array.get(one, i));
            }
            return elements;
        }
        if (one.getClass().getName().startsWith("relay.")) {
            return fields(one);
        }
        if (one instanceof Collection<?> collection) {
            return new ArrayList<>(collection);
        }
        if (one instanceof Map<?, ?> map) {
            List<Object> entries = new ArrayList<>(map.keySet());
            entries.addAll(map.values());
            return entries;
        }
        if (one instanceof Optional<?> optional) {
            return optional.<List<Object>>map(List::of).orElse(List.of());
        }
        if (one instanceof AtomicReference<?> reference) {
            return reference.get() == null ? List.of() : List.of(reference.get());
        }
        return one instanceof Number || one instanceof AtomicLongArray ? List.of(one.toString()) : List.of();
    }

    private static List<Object> fields(Object one) throws IllegalAccessException {
        List<Object> values = new ArrayList<>();
        for (Class<?> type = one.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getName().startsWith("relay.") ? type.getDeclaredFields() : new Field[0]) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    values.add(field.get(one));
                }
            }
        }
        return values;
    }
}
