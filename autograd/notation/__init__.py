"""The table as text: formulas, programs in other languages, help; and expressions read back."""
