"""The gallery: a dozen pictures and pages of the player, with one index in English and Chinese."""
