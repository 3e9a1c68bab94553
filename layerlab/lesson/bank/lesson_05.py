"""Lesson 05: Which id is which?"""

from layerlab.lesson.bank.exercise import Exercise
from layerlab.lesson.bank.question import Question

QUESTIONS: tuple[Question, ...] = ()
EXERCISES: tuple[Exercise, ...] = ()
