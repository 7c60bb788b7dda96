// Company: other principals on the addresses of a suspect
MATCH (who:Suspect|Watch)-[f:FROM]->(address:Source)
WHERE address.id STARTS WITH 'ip:'
WITH who, address, f ORDER BY f.last DESC LIMIT 20
MATCH p = (who)-[:FROM]->(address)<-[:FROM]-(:Principal)
RETURN p LIMIT 80
