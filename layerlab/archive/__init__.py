"""Archive: reads and writes the files in which images travel."""
