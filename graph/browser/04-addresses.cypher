// Addresses: where suspects came from at their strongest error, newest first, and who held it
MATCH (who:Suspect|Watch)-[f:FAILED]->(:Api)
WHERE f.score IS NOT NULL
WITH who, f ORDER BY f.score DESC
WITH who, collect(f)[0] AS led ORDER BY led.score DESC LIMIT 10
CALL (who, led) {
  MATCH p = (who)-[at:FROM]->(address:Source)
  WHERE at.first <= led.last AND at.last >= led.first
  RETURN p, at, address ORDER BY at.first DESC LIMIT 6
}
OPTIONAL MATCH held = (:Instance)-[:HELD]->(address)
RETURN p, held ORDER BY led.score DESC, at.first DESC LIMIT 100
