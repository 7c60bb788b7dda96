// Errors: everyone who meets the same code at the same call as a suspect
MATCH (:Suspect|Watch)-[f:FAILED]->(call:Api)
WHERE f.score IS NOT NULL
WITH call, f.code AS code, max(f.score) AS score ORDER BY score DESC LIMIT 5
MATCH p = (:Principal)-[other:FAILED {code: code}]->(call)
RETURN p ORDER BY other.first LIMIT 100
