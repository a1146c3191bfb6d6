"""The gallery: pictures and pages of the player, with one index in English and Chinese."""
