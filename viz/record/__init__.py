"""What happened: the two passes, the modules and the network found in them, folding, checks and warnings."""
