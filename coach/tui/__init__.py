"""The screens. Nothing heavier than Textual is imported before the first frame is painted."""
