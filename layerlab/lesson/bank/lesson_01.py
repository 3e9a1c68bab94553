"""Lesson 01: What is an image?"""

from layerlab.lesson.bank.exercise import Exercise
from layerlab.lesson.bank.question import Question

QUESTIONS: tuple[Question, ...] = ()
EXERCISES: tuple[Exercise, ...] = ()
