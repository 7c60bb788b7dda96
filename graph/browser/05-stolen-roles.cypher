// Instances: roles of instances that were used from addresses the instance never held
MATCH (machine:Instance)-[:RAN_AS]->(role:Principal)
MATCH p = (role)-[f:FROM]->(address:Source)
WHERE address.id STARTS WITH 'ip:' AND NOT (machine)-[:HELD]->(address)
MATCH ran = (machine)-[:RAN_AS]->(role)
RETURN ran, p ORDER BY f.first DESC LIMIT 60
