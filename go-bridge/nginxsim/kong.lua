--- The few kong.* functions that aws-masker-stream uses, as Kong's PDK does them, and the phases around them.

local cjson = require "cjson"
local settings = require "settings"

local ngx = ngx

kong = {
  -- kong.ctx.shared and kong.ctx.plugin: tables that live as long as the request
  ctx = setmetatable({}, {
    __index = function(_, name)
      local all = ngx.ctx
      all[name] = all[name] or {}
      return all[name]
    end,
  }),
  request = {
    get_method = function() return ngx.req.get_method() end,
  },
  response = {
    get_status = function() return ngx.status end,
    set_status = function(status) ngx.status = status end,
    get_header = function(name)
      local value = ngx.header[name]
      return type(value) == "table" and value[1] or value
    end,
    set_header = function(name, value) ngx.header[name] = value end,
    clear_header = function(name) ngx.header[name] = nil end,
  },
  log = {
    warn = function(...) ngx.log(ngx.WARN, ...) end,
    err = function(...) ngx.log(ngx.ERR, ...) end,
    set_serialize_value = function(key, value) kong.ctx.serialized[key] = value end,
  },
}

package.preload["kong.db.schema.typedefs"] = function()
  return { protocols_http = {} }
end
assert(require("kong.plugins.aws-masker-stream.schema").name == "aws-masker-stream")

local plugin = require "kong.plugins.aws-masker-stream.handler"
local library = require "kong.plugins.aws-masker-stream.library"

local phases = {}

-- How many unmaskers exist in this worker, for the tests.
local alive = 0
local make_masker = library.masker
function library.masker(config)
  local masker, err = make_masker(config)
  if not masker then
    return nil, err
  end
  local make_unmasker = masker.unmasker
  function masker:unmasker(...)
    local unmasker, failed = make_unmasker(self, ...)
    if not unmasker then
      return nil, failed
    end
    alive = alive + 1
    local free = unmasker.free
    function unmasker:free()
      alive = alive - 1
      return free(self)
    end
    return unmasker
  end
  return masker
end

--- Runs the external plugin's access phase where it is played (kongsim), and takes over what it has changed.
local function external_access()
  ngx.req.read_body()
  ngx.req.set_header("Kong-Ctx-Shared", cjson.encode(kong.ctx.shared))
  local answer = ngx.location.capture("/_access", {
    method = ngx["HTTP_" .. ngx.req.get_method()],
    body = ngx.req.get_body_data() or "",
  })
  local outcome = cjson.decode(answer.body)
  local body = outcome.body ~= cjson.null and ngx.decode_base64(outcome.body) or ""
  if outcome.exit then
    ngx.status = outcome.status
    for name, values in pairs(outcome.headers) do
      ngx.header[name] = values
    end
    ngx.print(body)
    return ngx.exit(ngx.HTTP_OK)
  end
  ngx.req.clear_header("Kong-Ctx-Shared")
  for name, values in pairs(outcome.headers) do
    ngx.req.set_header(name, values)
  end
  ngx.req.set_body_data(body)
  ngx.ctx.shared = outcome.shared
end

function phases.access()
  if settings.companion then
    plugin:access()
  end
  if settings.external then
    external_access()
  else
    local handed = settings.handover
    if handed then
      kong.ctx.shared.aws_masker_stream = { mapping = handed.mapping, config = handed.config, entry = {} }
    end
  end
end

function phases.log()
  plugin:log()
  if settings.entries then
    ngx.var.entry = cjson.encode(kong.ctx.serialized)
  end
end

function phases.alive()
  collectgarbage()
  ngx.say(alive)
end

phases.plugin = plugin

return phases
