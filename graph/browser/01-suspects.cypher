// Suspects: what they failed at, highest score first
MATCH p = (who:Principal)-[f:FAILED]->(:Api)
WHERE f.score IS NOT NULL
RETURN p ORDER BY f.score DESC LIMIT 100
