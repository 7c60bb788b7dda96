// Scope: what suspects touched, were denied, assumed and launched since the day before their strongest error
MATCH (who:Suspect|Watch)-[f:FAILED]->(:Api)
WHERE f.score IS NOT NULL
WITH who, f ORDER BY f.score DESC
WITH who, collect(f)[0] AS led ORDER BY led.score DESC LIMIT 10
CALL (who, led) {
  MATCH p = (who)-[r:TOUCHED|DENIED|ASSUMED|LAUNCHED]->(thing)
  WHERE r.last >= led.last - duration('P1D')
  RETURN p, r, thing ORDER BY r.first DESC LIMIT 20
}
OPTIONAL MATCH ran = (thing)-[:RAN_AS]->(:Principal)
RETURN p, ran ORDER BY led.score DESC, r.first DESC LIMIT 100
