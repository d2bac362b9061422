package relay.seeded.http;

import io.lettuce.core.RedisURI;

public interface UsesLettuce {
    void use(RedisURI uri);
}
