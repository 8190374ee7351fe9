"""French."""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j N Y"
DATETIME_FORMAT = r"j F Y \à H:i"
SHORT_DATETIME_FORMAT = "j N Y, H:i"
TIME_FORMAT = "H:i"
DECIMAL_SEPARATOR = "."
# Narrow, and no place to break a line.
THOUSAND_SEPARATOR = "\u202f"
NUMBER_GROUPING = 3
