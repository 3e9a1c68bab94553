"""What a learner touches: the running example, questions with their predictions and reveals, and the benches."""
