// Commands: who calls with success what a suspect failed at
MATCH (:Suspect|Watch)-[f:FAILED]->(call:Api)
WHERE f.score IS NOT NULL
WITH call, max(f.score) AS score ORDER BY score DESC LIMIT 5
MATCH p = (:Principal)-[ok:CALLED]->(call)
RETURN p ORDER BY ok.count DESC LIMIT 100
