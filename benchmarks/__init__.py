"""Every claim of speed and accuracy is a command here: python -m benchmarks NAME."""
