"""Settings of all property tests: a slow machine is no failure."""

from hypothesis import settings

settings.register_profile("glassgrad", deadline=None)
settings.load_profile("glassgrad")
