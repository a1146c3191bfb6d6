"""What is to be small: losses for quantities and for classes, penalties, and the metrics a person reads."""
