"""The attacks: small scripts of calls, written for the demo; no evidence of detection quality."""

from offtrail.simulator.attacks.enumeration import ENUMERATION
from offtrail.simulator.attacks.escalation import ESCALATION
from offtrail.simulator.attacks.probe import PROBE
from offtrail.simulator.attacks.script import Attack
from offtrail.simulator.attacks.stolen_instance import STOLEN_INSTANCE

ATTACKS: dict[str, Attack] = {
    attack.name: attack for attack in (STOLEN_INSTANCE, ENUMERATION, ESCALATION, PROBE)
}
"""Every attack by its name."""

__all__ = ["ATTACKS", "Attack"]
