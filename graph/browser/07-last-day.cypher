// Scope: what suspects touched, were denied and assumed since the day before their strongest error
MATCH (who:Suspect|Watch)-[f:FAILED]->(:Api)
WHERE f.score IS NOT NULL
WITH who, f ORDER BY f.score DESC
WITH who, collect(f)[0] AS led ORDER BY led.score DESC LIMIT 10
CALL (who, led) {
  MATCH p = (who)-[r:TOUCHED|DENIED|ASSUMED]->()
  WHERE r.last >= led.last - duration('P1D')
  RETURN p, r ORDER BY r.first DESC LIMIT 20
}
RETURN p ORDER BY led.score DESC, r.first DESC LIMIT 100
