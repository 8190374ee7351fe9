"""Spanish."""

DATE_FORMAT = r"j \d\e F \d\e Y"
SHORT_DATE_FORMAT = "j N Y"
DATETIME_FORMAT = r"j \d\e F \d\e Y, H:i"
SHORT_DATETIME_FORMAT = "j N Y, H:i"
TIME_FORMAT = "H:i"
DECIMAL_SEPARATOR = "."
# As the Academy writes it; a point would be taken for the decimal one.
THOUSAND_SEPARATOR = "\u202f"
NUMBER_GROUPING = 3
