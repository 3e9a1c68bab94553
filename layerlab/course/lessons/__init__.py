"""Lessons: each lesson's questions and exercises as plain data, a file a lesson, imported when it is asked for."""
