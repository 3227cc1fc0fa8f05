--- Restores responses while they arrive: what `aws-masker -streaming` masked in access, this plugin puts back in
-- body_filter, with the same library. Kong buffers responses for an external plugin; it does not for this one.
--
-- The worker never waits here: no socket, no file, no lock, only computation on the chunk at hand. The originals come with
-- the request, in kong.ctx.shared, and go with it.

local library = require "kong.plugins.aws-masker-stream.library"

local kong = kong
local ngx = ngx
local error = error

-- Keys in kong.ctx.shared that both plugins know (go-bridge/plugin/handover.go).
local PRESENCE = "aws_masker_restorer"
local HANDOVER = "aws_masker_stream"

-- Headers that describe a body byte for byte, and so no longer hold for a restored one.
local DESCRIBING = { "Content-Length", "ETag", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest" }

-- Statuses without a body. 101 is an upgrade: what follows is no HTTP.
local BODILESS = { [101] = true, [204] = true, [205] = true, [304] = true }

local AwsMaskerStream = {
  -- Just before aws-masker (700), which looks for this plugin's presence.
  PRIORITY = 701,
  VERSION = library.version(),
}

-- Maskers by the configuration that came with a request. They are made in the worker, have no store and start no
-- thread; there are as many as aws-masker configurations that differ in how they restore.
local maskers = {}

local function masker_of(config)
  local masker, err = maskers[config], nil
  if not masker then
    masker, err = library.masker(config)
    maskers[config] = masker
  end
  return masker, err
end

local function unmasker_of(handed)
  local masker, err = masker_of(handed.config)
  if not masker then
    return nil, err
  end
  return masker:unmasker(kong.response.get_header("Content-Type") or "", handed.mapping)
end

local function has_body()
  return kong.request.get_method() ~= "HEAD" and not BODILESS[kong.response.get_status()]
    and kong.response.get_header("Content-Length") ~= "0"
end

local told_of_encoding = false

--- Whether the body is text as it stands. aws-masker asks the upstream for identity; one that compresses all the same
-- gets its answer through as it is, and the log says so, once per worker.
local function is_plain()
  local encoding = kong.response.get_header("Content-Encoding")
  if not encoding or encoding:lower() == "identity" then
    return true
  end
  if not told_of_encoding then
    told_of_encoding = true
    kong.log.warn("a response is left as it is, and later ones like it: the upstream has compressed it although identity ",
      "was asked for")
  end
  return false
end

--- Answers with an error instead of a body that cannot be restored.
local function refuse(err)
  kong.log.err("a response cannot be restored: ", err.details)
  kong.response.set_status(err.status)
  kong.response.set_header("Content-Type", "application/json")
  kong.ctx.plugin.refusal = err.body
end

--- What aws-masker has left of a masked request. It is taken away: it holds originals, and nobody else needs them.
local function take_handover()
  local handed = kong.ctx.shared[HANDOVER]
  if handed then
    kong.ctx.shared[HANDOVER] = nil
    kong.ctx.plugin.entry = handed.entry
    handed.entry.restored = 0
  end
  return handed
end

function AwsMaskerStream:access()
  kong.ctx.shared[PRESENCE] = AwsMaskerStream.VERSION
end

function AwsMaskerStream:header_filter()
  local handed = take_handover()
  if not handed or not has_body() or not is_plain() then
    return
  end
  local unmasker, err = unmasker_of(handed)
  for i = 1, #DESCRIBING do
    kong.response.clear_header(DESCRIBING[i])
  end
  if not unmasker then
    return refuse(err)
  end
  kong.ctx.plugin.unmasker = unmasker
end

--- The restored form of a chunk. `last`: nothing follows.
local function restore(unmasker, chunk, last)
  local restored, err = unmasker:push(chunk)
  if restored and last then
    local rest
    rest, err = unmasker:finish()
    restored = rest and restored .. rest
  end
  return restored, err
end

function AwsMaskerStream:body_filter()
  local own = kong.ctx.plugin
  local unmasker = own.unmasker
  if unmasker then
    local chunk, last = ngx.arg[1], ngx.arg[2]
    local restored, err = restore(unmasker, chunk, last)
    if restored ~= chunk then -- most chunks hold no token, and nginx need not copy them
      ngx.arg[1] = restored
    end
    if not restored then
      -- The status has gone out, so the connection must not end as if the answer were complete.
      error("a response was cut off, it cannot be restored: " .. err.details, 0)
    end
  elseif own.refusal then
    ngx.arg[1], ngx.arg[2] = own.refusal, true
    own.refusal = ""
  end
end

--- Runs for every request, also where the client or the upstream has gone away.
function AwsMaskerStream:log()
  take_handover() -- if no response came
  local own = kong.ctx.plugin
  if own.unmasker then
    own.entry.restored = own.unmasker:count()
    own.unmasker:free()
  end
  if own.entry then
    kong.log.set_serialize_value("aws_masker", own.entry)
  end
end

return AwsMaskerStream
