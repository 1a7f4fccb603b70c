"""What a person can do, one function each: the screens and the commands call these and nothing below them."""
