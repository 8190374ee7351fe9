"""What the site says, and in which languages: `locale/<language>/LC_MESSAGES/django.po`.

Everything is done by Python alone, without GNU gettext. `docs/translating.md` says how words
are written, and `script/words` is a maintainer's way in.
"""
