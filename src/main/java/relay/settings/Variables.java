package relay.settings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the environment sets: {@code RELAY_PING_INTERVAL} sets {@code ping-interval}. Immutable. */
final class Variables {
    private static final String PREFIX = "RELAY_";

    /**
     * What Kubernetes sets in every container for a service whose name begins with relay, unless {@code enableServiceLinks} is
     * false: {@code RELAY_PORT=tcp://10.96.0.7:8000}, {@code RELAY_SERVICE_HOST}, {@code RELAY_PORT_8000_TCP_ADDR} and so on.
     */
    private static final Pattern SERVICE_LINK = Pattern.compile("RELAY(_[A-Z0-9_]+)?_"
            + "(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

    private static final Pattern PORT_LINK = Pattern.compile("RELAY(_[A-Z0-9_]+)?_PORT");
    private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    private static final int MOST_WARNINGS = 20;

    private final Map<String, Setting> settings;
    private final List<String> warnings;

    private Variables(Map<String, Setting> settings, List<String> warnings) {
        this.settings = Map.copyOf(settings);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads the variables that begin with {@code RELAY_}.
     *
     * @param keys the keys that may be set
     */
    static Variables of(Map<String, String> environment, Collection<String> keys) {
        Map<String, String> keyOf = keys.stream().collect(Collectors.toMap(Variables::name, key -> key));
        Map<String, Setting> settings = new HashMap<>();
        List<String> serviceLinks = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        new TreeMap<>(environment).forEach((name, value) -> {
            if (isServiceLink(name, value)) {
                serviceLinks.add(name);
            } else if (keyOf.containsKey(name)) {
                String key = keyOf.get(name);
                settings.put(key, Setting.ofVariable(key, name, value));
            } else if (name.startsWith(PREFIX)) {
                unknown.add("the variable " + name + " sets nothing: did you mean "
                        + NearestName.to(name, keyOf.keySet()) + "?");
            }
        });
        return new Variables(settings, warnings(serviceLinks, unknown));
    }

    /** The variable that sets a key. */
    static String name(String key) {
        return PREFIX + key.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static boolean isServiceLink(String name, String value) {
        return SERVICE_LINK.matcher(name).matches()
                || (PORT_LINK.matcher(name).matches() && ADDRESS.matcher(value).matches());
    }

    private static List<String> warnings(List<String> serviceLinks, List<String> unknown) {
        List<String> warnings =
                new ArrayList<>(unknown.size() <= MOST_WARNINGS ? unknown : unknown.subList(0, MOST_WARNINGS));
        if (!serviceLinks.isEmpty()) {
            warnings.add("ignoring " + serviceLinks.get(0)
                    + (serviceLinks.size() > 1 ? " and " + (serviceLinks.size() - 1) + " more" : "")
                    + ", which Kubernetes sets for a service of this name: enableServiceLinks: false in the pod's spec keeps"
                    + " them out");
        }
        return warnings;
    }

    /** What the variables set, by key. */
    Map<String, Setting> settings() {
        return settings;
    }

    /** Variables that look like settings and are none, in words for the operator. */
    List<String> warnings() {
        return warnings;
    }
}
