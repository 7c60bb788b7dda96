// Addresses: where suspects came from, and which instance held the address
MATCH p = (:Suspect|Watch)-[f:FROM]->(address:Source)
WITH p, f, address ORDER BY f.last DESC LIMIT 60
OPTIONAL MATCH held = (:Instance)-[:HELD]->(address)
RETURN p, held LIMIT 100
