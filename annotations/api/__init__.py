"""Claims and occurrences over REST. The rules are the operations'; here they are asked."""
