"""The strategy as data: reads `knowledge/`, checks it, indexes it and retrieves passages."""
