"""Lesson 03: Who pays for shared layers?"""

from layerlab.lesson.bank.exercise import Exercise
from layerlab.lesson.bank.question import Question

QUESTIONS: tuple[Question, ...] = ()
EXERCISES: tuple[Exercise, ...] = ()
