"""What a network is: modules, layers, their first weights, what they predict, how they are saved."""
