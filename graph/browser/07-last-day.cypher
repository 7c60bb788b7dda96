// Scope: what suspects touched, were denied and assumed in the last day held
MATCH (:Suspect|Watch)-[latest]->()
WITH max(latest.last) - duration('P1D') AS since
MATCH p = (:Suspect|Watch)-[r:TOUCHED|DENIED|ASSUMED]->()
WHERE r.last >= since
RETURN p ORDER BY r.last DESC LIMIT 100
