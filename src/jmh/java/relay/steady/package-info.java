/**
 * What one client's commands cost the others: each of these situations on a real hub with real send queues, and wires whose
 * writes take as long as a system call. {@link relay.steady.Steady} runs them. They measure waits and a thread's time over
 * whole situations, which JMH has no form for.
 */
package relay.steady;
