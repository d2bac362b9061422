/**
 * What a message costs with more workers than one: on a real hub with real send queues, and wires whose writes are a fixed amount
 * of work. {@link relay.cores.Cores} runs it. It counts the processor's time of each thread, so that it says something about many
 * cores on a machine that has two.
 */
package relay.cores;
