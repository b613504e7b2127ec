"""What all screens share: the page around them, words and numbers, the gate, refusals."""
