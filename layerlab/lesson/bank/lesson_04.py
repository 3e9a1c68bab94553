"""Lesson 04: Where did the bytes go?"""

from layerlab.lesson.bank.exercise import Exercise
from layerlab.lesson.bank.question import Question

QUESTIONS: tuple[Question, ...] = ()
EXERCISES: tuple[Exercise, ...] = ()
