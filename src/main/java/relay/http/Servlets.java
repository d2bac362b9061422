package relay.http;

import jakarta.servlet.Servlet;
import java.net.URI;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import relay.access.Access;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.json.Json;
import relay.metrics.MetricsPage;
import relay.publish.PublishOnce;
import relay.schedule.Ticker;
import relay.uri.Route;

/**
 * Makes the servlets and maps each to its {@link Route routes}.
 *
 * @param admission lets requests wait for messages
 * @param once publishes
 * @param answering runs what follows from a batch
 * @param publicUrl where clients reach the relay; empty: at the host that their request names
 * @param relay the name of this relay in a group; empty if it is alone
 */
public record Servlets(
        Json json,
        Hub hub,
        Admission admission,
        RequestLimits limits,
        Access access,
        OriginCheck origins,
        PublishOnce once,
        Executor answering,
        Ticker ticker,
        InstantSource clock,
        Optional<URI> publicUrl,
        Optional<String> relay) {
    /** A handler with all servlets. */
    public ServletContextHandler context(MetricsPage metrics) {
        AdminAccess admins = new AdminAccess(access, origins);
        ServletContextHandler context = new ServletContextHandler("/", false, false);
        context.setErrorHandler(new ProblemHandler(json));
        context.getServletHandler().setEnsureDefaultServlet(false);
        add(context, new HealthServlet(json, hub), Route.HEALTH);
        add(context, new ReadyServlet(json, hub, admins), Route.READY);
        add(context, new MetricsServlet(json, admins, metrics), Route.METRICS);
        add(
                context,
                new RegisterServlet(json, hub.registrar(), limits, access, ticker, publicUrl),
                Route.REGISTER,
                Route.REGISTRATION);
        add(context, new PublishServlet(json, hub, limits, access, once), Route.PUBLISH, Route.PUBLISH_TO_TOPIC);
        TopicsServlet topics = new TopicsServlet(json, hub.directory(), admins, relay);
        add(context, topics, Route.TOPICS);
        add(
                context,
                new TopicPaths(json, topics, new MessagesServlet(json, hub.past(), admission, limits, access)),
                Route.TOPIC);
        ClientListing listing = new ClientListing(json, hub.directory(), clock, relay, hub.peers(), answering);
        add(context, new ClientsServlet(json, listing, hub.registrar(), admins), Route.CLIENTS);
        add(context, DocumentServlet.script(json), Route.SCRIPT);
        add(context, DocumentServlet.openApi(json, publicUrl), Route.OPENAPI);
        add(context, DocumentServlet.asyncApi(json, publicUrl), Route.ASYNCAPI);
        return context;
    }

    private static void add(ServletContextHandler context, Servlet servlet, Route... routes) {
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        for (Route route : routes) {
            context.addServlet(holder, route.servletMapping());
        }
    }
}
