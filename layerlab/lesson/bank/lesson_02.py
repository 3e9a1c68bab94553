"""Lesson 02: What does a container add?"""

from layerlab.lesson.bank.exercise import Exercise
from layerlab.lesson.bank.question import Question

QUESTIONS: tuple[Question, ...] = ()
EXERCISES: tuple[Exercise, ...] = ()
