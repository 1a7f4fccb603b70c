"""Coach in a browser: a small server that gives every browser session a process of its own."""
