"""A made-up organisation that writes CloudTrail files: a demo and a load, never evidence."""

from offtrail.simulator.attacks import ATTACKS
from offtrail.simulator.write import START, AttackTruth, Truth, UnknownAttack, write

__all__ = ["ATTACKS", "START", "AttackTruth", "Truth", "UnknownAttack", "write"]
