// Credentials: the keys a suspect used, and every key issued from them
MATCH (:Suspect|Watch)-[u:USED]->(key:Credential)
WITH DISTINCT key, u.last AS last ORDER BY last DESC LIMIT 30
MATCH p = (:Suspect|Watch)-[:USED]->(key)
OPTIONAL MATCH issued = (key)-[:ISSUED*1..3]->(:Credential)
RETURN p, issued LIMIT 60
