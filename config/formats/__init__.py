"""How dates and numbers are written in each language, where Django's own way is not ours.

Django writes every number of a template by these, also one that a machine reads: a coordinate,
a `data-*` attribute. So decimals have their point everywhere, and what people read goes through
the filters `figure` and `decimal`.
"""
