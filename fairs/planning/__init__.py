"""Who talks to whom and when, worked out before the fair: plain values in, plain values out, no Django."""
