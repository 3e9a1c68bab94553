"""Levels: hosts and benches to bring to a state. `catalogue` has them, and `facts` says what is checked."""
