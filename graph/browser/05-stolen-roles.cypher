// Instances: roles of instances that were used from an address which is not the first of any of them
MATCH (role:Principal)<-[:RAN_AS]-(:Instance)
WITH DISTINCT role
MATCH p = (role)-[at:FROM]->(address:Source)
WHERE address.id STARTS WITH 'ip:' AND NOT EXISTS {
  MATCH (role)<-[:RAN_AS]-(machine:Instance)-[own:HELD]->(address)
  WHERE NOT EXISTS { MATCH (machine)-[earlier:HELD]->(:Source) WHERE earlier.first < own.first }
}
OPTIONAL MATCH ran = (role)<-[:RAN_AS]-(:Instance)-[:HELD]->(address)
RETURN p, ran ORDER BY at.first DESC LIMIT 60
