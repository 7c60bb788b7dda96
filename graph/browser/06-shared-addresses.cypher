// Company: other principals on the addresses of a suspect at its strongest error
MATCH (who:Suspect|Watch)-[f:FAILED]->(:Api)
WHERE f.score IS NOT NULL
WITH who, f ORDER BY f.score DESC
WITH who, collect(f)[0] AS led ORDER BY led.score DESC LIMIT 10
CALL (who, led) {
  MATCH (who)-[at:FROM]->(address:Source)
  WHERE address.id STARTS WITH 'ip:' AND at.first <= led.last AND at.last >= led.first
  RETURN at, address ORDER BY at.first DESC LIMIT 3
}
CALL (who, address) {
  MATCH p = (who)-[:FROM]->(address)<-[other:FROM]-(:Principal)
  RETURN p ORDER BY other.last DESC LIMIT 8
}
RETURN p ORDER BY led.score DESC, at.first DESC LIMIT 80
