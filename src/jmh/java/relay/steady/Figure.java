package relay.steady;

/** One measured number. */
record Figure(String what, double value, String unit) {}
