package relay.testing;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code GET /metrics} answered at one moment.
 *
 * @param samples the values by name and labels, as they are written: {@code relay_closes_total{code="4408"}}
 */
public record Scrape(Map<String, Double> samples) {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{[^}]*})?) (NaN|[-+0-9.eE]+|\\+Inf)");

    /** Looks at a relay now. */
    public static Scrape of(Api api) {
        Api.Answer answer = api.get("/metrics");
        if (answer.status() != 200) {
            throw new AssertionError("not scraped: " + answer);
        }
        return parse(answer.body());
    }

    /** Reads Prometheus's text format; whatever is not of it is an error. */
    public static Scrape parse(String page) {
        Map<String, Double> samples = new TreeMap<>();
        page.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            if (!sample.matches()) {
                throw new AssertionError("no sample: " + line);
            }
            String value = sample.group(2).equals("+Inf") ? "Infinity" : sample.group(2);
            if (samples.put(sample.group(1), Double.valueOf(value)) != null) {
                throw new AssertionError("there twice: " + line);
            }
        });
        return new Scrape(samples);
    }

    /** One value. */
    public double value(String sample) {
        Double value = samples.get(sample);
        if (value == null) {
            throw new AssertionError("not there: " + sample);
        }
        return value;
    }
}
