"""The assistant behind one small interface (:mod:`coach.assistant.engine`): proposals and answers, grounded."""
