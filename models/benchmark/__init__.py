"""Protocol D: injected attacks and shams in real backgrounds, on any data of these forms."""
