package relay.seeded.client;

import io.prometheus.metrics.model.registry.PrometheusRegistry;

public interface UsesPrometheus {
    void use(PrometheusRegistry registry);
}
