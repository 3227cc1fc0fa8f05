--- Runs a shell command that must not see AWS identifiers, in plain LuaJIT: `luajit filter.lua 'command'`.
--
-- What comes in on stdin is masked and given to the command; what the command prints is restored while it prints.
-- The binding is the Kong plugin's own:
--
--     LUA_PATH="/path/to/aws-masker/?.lua;;" luajit filter.lua 'ssh model-host llm' <question.txt

local library = require "kong.plugins.aws-masker-stream.library"

--- The result, or the end of the program: an error's details never hold a name.
local function check(result, err)
  if not result then
    io.stderr:write("filter: ", err.details, "\n")
    os.exit(1)
  end
  return result
end

local command = arg[1] or error("usage: luajit filter.lua 'command'", 0)

local masker = check(library.masker('{"use_redis":false}'))
local masked, mapping = masker:mask("", io.read("*a"))
check(masked, mapping)

-- What the command reads holds tokens only, so it may lie in a file.
local path = os.tmpname()
local file = assert(io.open(path, "wb"))
file:write(masked)
file:close()

local unmasker = check(masker:unmasker("", mapping or ""))
local printed = assert(io.popen("{ " .. command .. "; } <" .. path))
io.stdout:setvbuf("no")
for line in printed:lines("*L") do
  io.write(check(unmasker:push(line)))
end
io.write(check(unmasker:finish()))
unmasker:free()
printed:close()
os.remove(path)
