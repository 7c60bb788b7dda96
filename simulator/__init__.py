"""A made-up organisation that writes CloudTrail files: a demo and a load, never evidence."""
