"""The routes, a file a subject; FACES lists them all."""

from offtrail.api.routes import entities, events, findings, health, models

FACES = (health.FACE, findings.FACE, entities.FACE, events.FACE, models.FACE)
