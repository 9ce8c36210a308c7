-- For wrk: asks the paths that stand after `--` in turn, and ends with one JSON line as `bench.serving_load` prints it.
local paths = {}
local turn = 0

function init(args)
  for index = 1, #args do paths[index] = args[index] end
end

function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn])
end

function done(summary, latency, requests)
  local errors = summary.errors
  if errors.status + errors.connect + errors.read + errors.write + errors.timeout > 0 then
    io.write('{"error": "answers other than 200, or none"}\n')
    return
  end
  io.write(string.format('{"requests": %d, "seconds": %.3f, "p50_ms": %.2f, "p95_ms": %.2f, "p99_ms": %.2f}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
