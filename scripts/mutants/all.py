"""Every mutant."""

from .answers import MUTANTS as ANSWERS
from .delivery import MUTANTS as DELIVERY
from .generated import MUTANTS as GENERATED
from .program import MUTANTS as PROGRAM

MUTANTS = (*ANSWERS, *GENERATED, *DELIVERY, *PROGRAM)
