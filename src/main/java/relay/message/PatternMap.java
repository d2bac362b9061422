package relay.message;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Something for each of some patterns, found by the topics that match them: a look-up goes down the topic's segments, and touches no
 * pattern that begins otherwise. For one thread at a time.
 *
 * <p>A look-up visits each node at most once: so it is bounded by the number of patterns times their segments, whatever topics are
 * published; mostly by the number of the topic's segments.
 */
public final class PatternMap<V> {
    private static final char DOT = '.';
    private static final String ANY_SEGMENT = "*";
    private static final String ANY_REST = "**";

    private final Node<V> root = new Node<>();
    private int size;

    /** What patterns have in common that begin with the same segments. */
    private static final class Node<V> {
        private final Map<String, Node<V>> children = new HashMap<>(2);
        private @Nullable Node<V> any;

        /** Of the pattern that ends here, and of the one that goes on with any rest. */
        private @Nullable V value;

        private @Nullable V rest;

        boolean isUnused() {
            return children.isEmpty() && any == null && value == null && rest == null;
        }

        Node<V> makeChild(String segment) {
            if (!segment.equals(ANY_SEGMENT)) {
                return children.computeIfAbsent(segment, first -> new Node<>());
            }
            if (any == null) {
                any = new Node<>();
            }
            return any;
        }

        void removeChild(String segment) {
            if (segment.equals(ANY_SEGMENT)) {
                any = null;
            } else {
                children.remove(segment);
            }
        }
    }

    /** Whether no pattern has anything. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** Puts a value in place of the one that the pattern had. */
    public void put(Topic pattern, V value) {
        change(pattern, before -> value);
    }

    /** Removes a pattern, if it has this very value. */
    public void remove(Topic pattern, V value) {
        change(pattern, before -> before == value ? null : before);
    }

    /** Changes what a pattern has: the change is given what it had, and returns what it has from now on; null is nothing. */
    public void change(Topic pattern, UnaryOperator<@Nullable V> change) {
        change(root, pattern.name(), 0, change);
    }

    private void change(Node<V> node, String name, int begin, UnaryOperator<@Nullable V> change) {
        int end = segmentEnd(name, begin);
        if (isAnyRest(name, begin, end)) {
            node.rest = changed(node.rest, change);
            return;
        }
        String segment = name.substring(begin, end);
        Node<V> child = node.makeChild(segment);
        if (end < name.length()) {
            change(child, name, end + 1, change);
        } else {
            child.value = changed(child.value, change);
        }
        if (child.isUnused()) {
            node.removeChild(segment);
        }
    }

    private @Nullable V changed(@Nullable V before, UnaryOperator<@Nullable V> change) {
        V after = change.apply(before);
        size += (after == null ? 0 : 1) - (before == null ? 0 : 1);
        return after;
    }

    /** Adds what each pattern has that matches a topic, or covers it if it is a pattern itself; in no order. */
    public void addMatching(Topic topic, List<? super V> found) {
        if (size > 0) {
            addMatching(root, topic.name(), 0, found);
        }
    }

    private void addMatching(Node<V> node, String name, int begin, List<? super V> found) {
        int end = segmentEnd(name, begin);
        if (node.rest != null && TopicPattern.hasNoEmptySegment(name, begin)) {
            found.add(node.rest);
        }
        if (!node.children.isEmpty()) {
            goOn(node.children.get(name.substring(begin, end)), name, end, found);
        }
        if (end > begin && !isAnyRest(name, begin, end)) {
            goOn(node.any, name, end, found);
        }
    }

    private void goOn(@Nullable Node<V> node, String name, int end, List<? super V> found) {
        if (node == null) {
            return;
        }
        if (end < name.length()) {
            addMatching(node, name, end + 1, found);
        } else if (node.value != null) {
            found.add(node.value);
        }
    }

    private static boolean isAnyRest(String name, int begin, int end) {
        return end - begin == ANY_REST.length() && name.startsWith(ANY_REST, begin);
    }

    private static int segmentEnd(String name, int from) {
        int dot = name.indexOf(DOT, from);
        return dot < 0 ? name.length() : dot;
    }
}
