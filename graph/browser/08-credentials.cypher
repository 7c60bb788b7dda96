// Credentials: the keys a suspect used since its strongest error, and every key issued from them
MATCH (who:Suspect|Watch)-[f:FAILED]->(:Api)
WHERE f.score IS NOT NULL
WITH who, f ORDER BY f.score DESC
WITH who, collect(f)[0] AS led ORDER BY led.score DESC LIMIT 10
CALL (who, led) {
  MATCH p = (who)-[u:USED]->(key:Credential)
  WHERE u.last >= led.first
  RETURN p, u, key ORDER BY u.first > led.last, u.first DESC LIMIT 6
}
OPTIONAL MATCH issued = (key)-[:ISSUED*1..3]->(:Credential)
RETURN p, issued ORDER BY led.score DESC, u.first > led.last, u.first DESC LIMIT 60
