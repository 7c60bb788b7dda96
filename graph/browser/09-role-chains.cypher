// Roles: who assumed whom, up to three steps
MATCH p = (:Principal)-[:ASSUMED*1..3]->(:Principal)
RETURN p LIMIT 70
