"""Wrong models: what a belief predicts, computed as the belief would have it, so that its error can be shown."""
