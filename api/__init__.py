"""The two faces, command line and HTTP, over one pipeline."""
