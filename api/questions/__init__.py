"""The seven questions of the investigation guide, one file each, in the order they are asked."""
