"""How a gradient moves the parameters: optimisers, schedules of the learning rate, clipping."""
