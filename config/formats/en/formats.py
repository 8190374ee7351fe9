"""English as it is written in most of the world: 30 November 2026."""

DATE_FORMAT = "j F Y"
