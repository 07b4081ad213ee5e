-- What the service may call. READ marks functions that write nothing.

local READ = { 'no-writes' }

local function register(name, callback, flags)
  redis.register_function({ function_name = LIBRARY .. '_' .. name, callback = callback,
    flags = flags or {} })
end

register('moment', function(_, args) return digits(moment(args[1])) end, READ)
register('record_submit', record_submit)
register('record_get', record_get, READ)
register('record_contents', record_contents, READ)
register('queue_list', queue_list)
register('queue_get', queue_get)
register('queue_counts', queue_counts)
register('queue_claim', queue_claim)
register('queue_sweep', queue_sweep)
register('queue_release', queue_release)
register('queue_resolve', queue_resolve)
register('queue_undo', queue_undo)
register('audit_head', audit_head, READ)
register('audit_read', audit_read, READ)
register('audit_history', audit_history, READ)
register('audit_contents', audit_contents, READ)
register('retention_due', retention_due, READ)
register('retention_export', retention_export, READ)
-- A full server must still be able to shed what was archived.
register('retention_cut', retention_cut, { 'allow-oom' })
