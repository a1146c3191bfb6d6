"""What goes out and comes in: trained models kept, exported for others, taken from others."""
