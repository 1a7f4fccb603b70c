"""The commands of the contract, each a few lines that call a service."""
