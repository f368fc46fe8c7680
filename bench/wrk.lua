-- The report of wrk as one line of JSON on stderr, apart from the one for people on stdout; see WrkReport in load.ts.
done = function(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.stderr:write(string.format('{"answers":%d,"microseconds":%d,"p99":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), broken))
end
