"""Course: questions, answers and exercises, and what a learner said to them."""
