-- KEYS  registration, whether the engine lost something lately
local fields = redis.call(
  'HMGET', KEYS[1], 'number', 'user', 'topics', 'allow', 'keep', 'ends', 'own', 'overflow', 'publish', 'owner', 'version',
  'changes')
if not fields[2] then
  return {-redis.call('EXISTS', KEYS[2])}
end
return {
  tonumber(fields[1]), fields[2], fields[3], fields[4], fields[5], fields[6], fields[7] or '', fields[8] or '', fields[9] or '',
  fields[10] or '', fields[11] or '', fields[12] or ''}
