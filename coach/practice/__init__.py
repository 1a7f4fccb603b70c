"""Practice: scenarios, the simulated client, the score with its evidence."""
