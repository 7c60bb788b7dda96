// Denials: the resources that most principals were denied
MATCH (resource:Resource)<-[:DENIED]-(who:Principal)
WITH resource, count(DISTINCT who) AS principals ORDER BY principals DESC, resource.id LIMIT 10
MATCH p = (:Principal)-[:DENIED]->(resource)
RETURN p LIMIT 120
