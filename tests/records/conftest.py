from hypothesis import settings

# No timing decides a test: machines differ, and several of them run at once.
settings.register_profile("records", deadline=None)
settings.load_profile("records")
