"""The engine behind which a language model writes. Only this package imports LangChain and openai, and only when asked."""
