"""Operations from decisions: in order, as requests, as a document, and against a saved plan."""
