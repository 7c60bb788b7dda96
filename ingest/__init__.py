"""CloudTrail in, typed events and hourly activities out; knows nothing of graphs."""
