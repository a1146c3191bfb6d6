"""What a network learns from: data sets, tables, splits, scales."""
