package relay.message;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Something for each of some patterns, found by a topic that matches them. A tree of segments: to find those of a topic takes as many
 * steps as there are patterns that match its beginning, and none while there is no pattern. For one thread at a time.
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

        /** What the pattern has that ends here. */
        private @Nullable V value;
    }

    /** How many patterns there are. */
    public int size() {
        return size;
    }

    /** Changes what a pattern has: the change is given what it had, and returns what it has from now on; null is nothing. */
    public void change(Topic pattern, UnaryOperator<@Nullable V> change) {
        change(root, pattern.name(), 0, change);
    }

    private void change(Node<V> node, String name, int begin, UnaryOperator<@Nullable V> change) {
        if (begin > name.length()) {
            V before = node.value;
            V after = change.apply(before);
            node.value = after;
            size += (after == null ? 0 : 1) - (before == null ? 0 : 1);
            return;
        }
        int end = segmentEnd(name, begin);
        String segment = name.substring(begin, end);
        Node<V> child = node.children.computeIfAbsent(segment, first -> new Node<>());
        change(child, name, end + 1, change);
        if (child.value == null && child.children.isEmpty()) {
            node.children.remove(segment);
        }
    }

    /** Gives what each pattern has that matches a topic, or covers it if it is a pattern itself; in no order. */
    public void forEachMatching(Topic topic, Consumer<V> action) {
        if (size > 0) {
            visit(root, topic.name(), 0, action);
        }
    }

    private void visit(Node<V> node, String name, int begin, Consumer<V> action) {
        if (begin > name.length()) {
            if (node.value != null) {
                action.accept(node.value);
            }
            return;
        }
        Node<V> rest = node.children.get(ANY_REST);
        if (rest != null && rest.value != null && TopicPattern.hasNoEmptySegment(name, begin)) {
            action.accept(rest.value);
        }
        int end = segmentEnd(name, begin);
        String segment = name.substring(begin, end);
        Node<V> any = node.children.get(ANY_SEGMENT);
        if (any != null && end > begin && !segment.equals(ANY_REST)) {
            visit(any, name, end + 1, action);
        }
        Node<V> same = node.children.get(segment);
        if (same != null && same != any && same != rest) {
            visit(same, name, end + 1, action);
        }
    }

    private static int segmentEnd(String name, int from) {
        int dot = name.indexOf(DOT, from);
        return dot < 0 ? name.length() : dot;
    }
}
