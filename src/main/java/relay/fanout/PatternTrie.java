package relay.fanout;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;

/**
 * Values by pattern, found by the topics that match: a look-up goes down the topic's segments, and touches no pattern that begins
 * otherwise. Not for several threads.
 *
 * <p>A look-up visits each node at most once: so it is bounded by the number of patterns times their segments, whatever topics are
 * published; mostly by the number of the topic's segments.
 */
final class PatternTrie<V> {
    private static final String ANY_SEGMENT = "*";
    private static final String ANY_REST = "**";

    private final Node<V> root = new Node<>();
    private int size;

    private static final class Node<V> {
        private final Map<String, Node<V>> children = new HashMap<>(2);
        private @Nullable Node<V> any;

        /** Of the pattern that ends here, and of the one that goes on with any rest. */
        private @Nullable V value;

        private @Nullable V rest;

        boolean isUnused() {
            return children.isEmpty() && any == null && value == null && rest == null;
        }

        @Nullable
        Node<V> child(String segment) {
            return segment.equals(ANY_SEGMENT) ? any : children.get(segment);
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

    boolean isEmpty() {
        return size == 0;
    }

    /** How many patterns there are. */
    int size() {
        return size;
    }

    /** Puts a value in place of the one that the pattern had. */
    void put(Topic pattern, V value) {
        String[] segments = pattern.name().split("\\.", -1);
        int last = segments.length - 1;
        boolean open = segments[last].equals(ANY_REST);
        Node<V> node = root;
        for (int i = 0; i < (open ? last : last + 1); i++) {
            node = node.makeChild(segments[i]);
        }
        V before = open ? node.rest : node.value;
        size += before == null ? 1 : 0;
        if (open) {
            node.rest = value;
        } else {
            node.value = value;
        }
    }

    /** Removes a pattern, if it has this value. */
    void remove(Topic pattern, V value) {
        remove(root, pattern.name().split("\\.", -1), 0, value);
    }

    private void remove(Node<V> node, String[] segments, int depth, V value) {
        if (depth == segments.length) {
            if (node.value == value) {
                node.value = null;
                size--;
            }
        } else if (segments[depth].equals(ANY_REST)) {
            if (node.rest == value) {
                node.rest = null;
                size--;
            }
        } else {
            Node<V> child = node.child(segments[depth]);
            if (child != null) {
                remove(child, segments, depth + 1, value);
                if (child.isUnused()) {
                    node.removeChild(segments[depth]);
                }
            }
        }
    }

    /** Adds the values of all patterns that a topic matches. */
    void addMatching(Topic topic, List<? super V> found) {
        if (size > 0) {
            addMatching(root, topic.name(), 0, found);
        }
    }

    private void addMatching(Node<V> node, String name, int begin, List<? super V> found) {
        int dot = name.indexOf('.', begin);
        int end = dot < 0 ? name.length() : dot;
        if (node.rest != null && hasNoEmptySegment(name, begin)) {
            found.add(node.rest);
        }
        if (!node.children.isEmpty()) {
            goOn(node.children.get(name.substring(begin, end)), name, end, found);
        }
        if (end > begin) {
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

    private static boolean hasNoEmptySegment(String name, int from) {
        return name.charAt(name.length() - 1) != '.'
                && (from == name.length() || name.charAt(from) != '.')
                && name.indexOf("..", from) < 0;
    }
}
