"""Retraining: what is due, one trainer at a time, and the process that sets it off."""
