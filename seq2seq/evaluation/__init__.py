"""Evaluation: translates test sets and examines the translations; reports of trainings."""
